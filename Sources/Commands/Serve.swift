import ArgumentParser
import ConfigurationFiles
import Daemon
import Exposition
import Linux
import Logging
import Systemd
import Web

/// `gil-exporter serve`: the daemon.
struct Serve: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        abstract: "Run probes periodically and serve what they measure (the default).",
        discussion: "SIGTERM and SIGINT end it; SIGHUP reloads the configuration."
    )

    @OptionGroup var configurationOptions: ConfigurationOptions

    @Option(
        name: .customLong("web.listen-address"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Address to listen on: :PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH. Repeatable. Ignored when systemd passes "
                + "sockets in.",
            valueName: "address"
        ),
        transform: { text in try ListenAddress(text) }
    )
    var listenAddresses: [ListenAddress] = [.standard]

    @OptionGroup var web: WebOptions

    @Option(
        name: .customLong("web.health-listen-address"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Address that serves /-/healthy and /-/ready alone, without TLS and passwords; written as "
                + "--web.listen-address takes it. Repeatable.",
            valueName: "address"
        ),
        transform: { text in try ListenAddress(text) }
    )
    var healthListenAddresses: [ListenAddress] = []

    @Flag(
        name: .customLong("web.systemd-socket"),
        help: "Taken for the sake of other exporters' command lines: sockets that systemd passes in are always used."
    )
    var usesSystemdSocket = false

    @OptionGroup var webConfigurationOptions: WebConfigurationOptions

    @OptionGroup var logging: LoggingOptions

    @OptionGroup var control: ControlOptions

    func run() async throws {
        // First of all: it edits the environment, which no other thread may read meanwhile, sd_listen_fds(3).
        let inherited = Result { try InheritedSockets.take() }
        let log = Protected<Log?>(nil)
        let stops: StopSignals
        do {
            try RequiredSystemCalls.checkServer()
            stops = try StopSignals(limit: ExporterDaemon.stopLimit, status: ExporterDaemon.overdueStop) {
                Logger(label: "gil-exporter").error("The stop took too long; ended without it")
                log.withLock { $0 }?.close(within: Self.lastWords)
            }
        } catch {
            throw failure(error)
        }
        // Early: by default SIGHUP ends the program, signal(7). What comes before the daemon is ready is done once it is.
        let hangups = await Hangups()
        let configuration: Configuration
        let webConfiguration: WebConfigurationFile?
        do {
            configuration = try configurationOptions.load()
            webConfiguration = try webConfigurationOptions.load()
        } catch {
            StartFailure(error).notify()
            throw ExitCode.failure
        }
        let registry = Registry()
        do {
            let bootstrapped = try LoggingSystem.bootstrap(
                level: logging.level,
                destination: logging.format,
                counters: LogMessageCounters(registry: registry)
            )
            log.withLock { $0 = bootstrapped }
        } catch {
            throw failure(error)
        }
        defer { log.withLock { $0 }?.close(within: Self.lastWords) }
        let logger = Logger(label: "gil-exporter")
        logger.info("Starting", metadata: ["version": "\(BuildInfo.version)", "revision": "\(BuildInfo.revision)"])
        let daemon = ExporterDaemon(
            options: options,
            configuration: configuration,
            webConfiguration: webConfiguration,
            registry: registry,
            logger: logger
        )
        do {
            try await daemon.run(sockets: inherited.get(), hangups: hangups, stops: stops)
        } catch {
            logger.error("Cannot run", metadata: ["err": "\(error)"])
            StartFailure(error).notify()
            throw ExitCode.failure
        }
    }

    /// How long whoever reads the log is waited for at the end.
    private static let lastWords = Duration.seconds(1)

    /// Before there is a log.
    private func failure(_ error: any Error) -> ExitCode {
        try? StandardStream.error.write("gil-exporter: \(error)\n")
        StartFailure(error).notify()
        return .failure
    }

    /// It has 14 threads after its first round on two CPUs, and 24 descriptors with nobody connected; a probe takes a few
    /// more of both.
    var resources: StartResources { StartResources(threads: 18, descriptors: 40, bytes: 192 << 20) }

    func cannotRun(_ error: MissingResource) { StartFailure(error).notify() }

    private var options: ServeOptions {
        ServeOptions(
            listenAddresses: listenAddresses,
            healthListenAddresses: healthListenAddresses,
            routes: web.routes,
            externalURL: web.externalURL,
            enablesLifecycle: web.enablesLifecycle,
            enablesProbe: web.enablesProbe,
            configurationFile: configurationOptions.file,
            controlSocket: control.path ?? ControlSocketPath.ofThisService
        )
    }
}
