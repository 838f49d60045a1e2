import ArgumentParser
import ConfigurationFiles
import Daemon
import Exposition
import Linux
import Logging
import Systemd

/// `gil-exporter serve`: the daemon.
struct Serve: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run probes periodically and serve their measurements (the default).",
        discussion: """
            SIGTERM and SIGINT end it; SIGHUP reloads the configuration.

            Examples:
              gil-exporter serve --config.file=/etc/gil-exporter/gil-exporter.yml
              gil-exporter serve --web.listen-address=127.0.0.1:9000 --log.level=debug
            """
    )

    @OptionGroup var configurationOptions: ConfigurationOptions

    @OptionGroup var options: ServeOptions

    @OptionGroup var webConfigurationOptions: WebConfigurationOptions

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        // Comes first: it edits the environment, which no other thread may read at the same time, sd_listen_fds(3).
        let inherited = Result { try InheritedSockets.take() }
        let log = Protected<Log?>(nil)
        let stops: StopSignals
        let hangups: Hangups
        do {
            try RequiredSystemCalls.checkServer()
            stops = try StopSignals(limit: ExporterDaemon.stopLimit, status: ExporterDaemon.overdueStop) {
                Logger(label: "gil-exporter").error("The stop took too long; ended without it")
                log.withLock { $0 }?.close(within: Self.logTimeout)
            }
            // Early, because SIGHUP ends the program by default, signal(7). The daemon handles an early one when it is
            // ready.
            hangups = try Hangups()
        } catch {
            throw failure(error)
        }
        let configuration: Configuration
        let webConfiguration: ActiveWebConfiguration?
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
        defer { log.withLock { $0 }?.close(within: Self.logTimeout) }
        let logger = Logger(label: "gil-exporter")
        logger.info("Starting", metadata: ["version": "\(BuildInfo.version)", "revision": "\(BuildInfo.revision)"])
        let daemon = ExporterDaemon(
            options: options,
            configurationFile: configurationOptions.file,
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

    /// The time that the reader of the log has at the end.
    private static let logTimeout = Duration.seconds(1)

    /// Reports an error of the time before the log.
    private func failure(_ error: any Error) -> ExitCode {
        printError("\(error)")
        StartFailure(error).notify()
        return .failure
    }

    /// The daemon has 16 threads after its first round on two CPUs, and 24 descriptors without connections. A probe takes a
    /// few more of both.
    var resources: StartResources { StartResources(threads: 20, descriptors: 40, bytes: 192 << 20) }

    func cannotRun(_ error: MissingResource) { StartFailure(error).notify() }
}
