import ArgumentParser
import Web

/// Which pages there are, and where; named as in the Prometheus exporter toolkit.
struct WebOptions: ParsableArguments {
    @Option(
        name: .customLong("web.telemetry-path"),
        help: ArgumentHelp("Path to serve metrics at.", valueName: "path"),
        transform: { text in try TelemetryPath(text) }
    )
    var telemetryPath: TelemetryPath = .standard

    @Option(
        name: .customLong("web.max-requests"),
        help: ArgumentHelp("Scrapes prepared at the same time; more get 503. 0: no limit.", valueName: "number")
    )
    var maxRequests = 40

    @Flag(
        name: .customLong("web.disable-exporter-metrics"),
        help: "Leave out metrics about the exporter itself (promhttp_*, process_*)."
    )
    var disablesExporterMetrics = false

    @Option(
        name: .customLong("web.external-url"),
        help: ArgumentHelp("URL at which people reach this exporter; links on pages lead below it.", valueName: "url"),
        transform: { text in try ExternalURL(text) }
    )
    var externalURL: ExternalURL?

    @Option(
        name: .customLong("web.route-prefix"),
        help: ArgumentHelp("Prefix of all paths; by default the path of --web.external-url.", valueName: "path"),
        transform: { text in try RoutePrefix(text) }
    )
    var routePrefix: RoutePrefix?

    @Flag(name: .customLong("web.enable-lifecycle"), help: "Reload by POST /-/reload and end by POST /-/quit.")
    var enablesLifecycle = false

    @Flag(name: .customLong("web.enable-probe"), help: "Run a probe by GET /probe?runtime=NAME&probe=NAME.")
    var enablesProbe = false

    func validate() throws {
        guard maxRequests >= 0 else { throw ValidationError("--web.max-requests takes a number from 0 on") }
    }

    var routes: RoutesOptions {
        var options = RoutesOptions()
        options.telemetryPath = telemetryPath
        options.prefix = routePrefix ?? externalURL?.prefix ?? .none
        options.scrapes.mostRequests = maxRequests
        options.scrapes.exposesOwnMetrics = !disablesExporterMetrics
        return options
    }
}
