package import ArgumentParser
import ConfigurationFiles
import Notation
import Probing
package import Web

/// The command line of the daemon, as the parser fills it. Flags are named as in the Prometheus exporter toolkit.
package struct ServeOptions: ParsableArguments {
    @Option(
        name: .customLong("web.listen-address"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Address to listen on: :PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH. Repeatable. Ignored when systemd passes "
                + "sockets in. (default: \(ListenAddress.standard))",
            valueName: "address"
        ),
        transform: { text in try ListenAddress(text) }
    )
    package var listenAddresses: [ListenAddress] = [.standard]

    @Option(
        name: .customLong("web.telemetry-path"),
        help: ArgumentHelp("Path to serve metrics at. (default: \(TelemetryPath.standard))", valueName: "path"),
        transform: { text in try TelemetryPath(text) }
    )
    package var telemetryPath: TelemetryPath = .standard

    @Option(
        name: .customLong("web.max-requests"),
        help: ArgumentHelp(
            "Scrapes prepared at the same time; more get 503. 0: no limit. (default: 40)",
            valueName: "number"
        ),
        transform: { text in try Int(notation: text) }
    )
    var maxRequests = 40

    @Flag(
        name: .customLong("web.disable-exporter-metrics"),
        help: "Leave out metrics about the exporter itself (promhttp_*, process_*)."
    )
    var disablesExporterMetrics = false

    @Option(
        name: .customLong("web.external-url"),
        help: ArgumentHelp(
            "URL at which people reach this exporter; links on pages lead below it. (default: none)",
            valueName: "url"
        ),
        transform: { text in try ExternalURL(text) }
    )
    var externalURL: ExternalURL?

    @Option(
        name: .customLong("web.route-prefix"),
        help: ArgumentHelp("Prefix of all paths. (default: the path of --web.external-url)", valueName: "path"),
        transform: { text in try RoutePrefix(text) }
    )
    var routePrefix: RoutePrefix?

    @Flag(name: .customLong("web.enable-lifecycle"), help: "Reload by POST /-/reload and end by POST /-/quit.")
    var enablesLifecycle = false

    @Flag(name: .customLong("web.enable-probe"), help: "Run a probe by GET /probe?runtime=NAME&probe=NAME.")
    var enablesProbe = false

    @Flag(
        name: .customLong("web.enable-profile"),
        help: "Read which functions hold the locks, and serve them below /debug/pprof/ and /flamegraph/."
    )
    var enablesProfile = false

    @Option(
        name: .customLong("web.health-listen-address"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Address that serves only /-/healthy and /-/ready, without TLS and passwords; written like "
                + "--web.listen-address. Repeatable. (default: none)",
            valueName: "address"
        ),
        transform: { text in try ListenAddress(text) }
    )
    var healthListenAddresses: [ListenAddress] = []

    @Flag(name: .customLong("no-probing"), help: "Observe only: run no probes, even if the configuration enables them.")
    var disablesProbing = false

    @Flag(
        name: .customLong("web.systemd-socket"),
        help: "Accepted for compatibility with other exporters: sockets that systemd passes in are always used."
    )
    var usesSystemdSocket = false

    @OptionGroup var control: ControlOptions

    package init() {}

    package func validate() throws {
        guard maxRequests >= 0 else { throw ValidationError("--web.max-requests takes a number from 0 on") }
    }

    /// The settings of the probes, by the configuration and the command line.
    func probing(_ configuration: Configuration) -> ProbingSettings {
        var settings = configuration.probing
        if disablesProbing { settings.isEnabled = false }
        return settings
    }

    var routes: RoutesOptions {
        var options = RoutesOptions()
        options.telemetryPath = telemetryPath
        options.prefix = routePrefix ?? externalURL?.prefix ?? .none
        options.scrapes.maxRequests = maxRequests
        options.scrapes.exposesOwnMetrics = !disablesExporterMetrics
        return options
    }
}

package struct ControlOptions: ParsableArguments {
    @Option(
        name: .customLong("control.socket"),
        help: ArgumentHelp(
            "Unix socket for reload requests to the daemon. (default: control.sock in $RUNTIME_DIRECTORY)",
            valueName: "path"
        )
    )
    package var path: String?

    package init() {}
}
