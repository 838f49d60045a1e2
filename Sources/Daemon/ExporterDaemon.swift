package import ConfigurationFiles
package import Exposition
import Linux
package import Logging
import Probing
import ServiceLifecycle
package import Systemd
import UnixSignals
import Web

/// The daemon: its parts, put together and run in order.
package struct ExporterDaemon: Sendable {
    private let options: ServeOptions
    private let configuration: Configuration
    private let registry: Registry
    private let logger: Logger
    private let manager: ServiceManager

    /// - Parameters:
    ///   - configuration: already read and validated.
    ///   - registry: where metrics are kept; the logging system may count in it already.
    package init(options: ServeOptions, configuration: Configuration, registry: Registry, logger: Logger) {
        self.options = options
        self.configuration = configuration
        self.registry = registry
        self.logger = logger
        manager = ServiceManager(logger: logger)
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - sockets: what systemd has passed in; when there are any, nothing else is listened on.
    ///   - hangups: asks for reloads.
    /// - Throws: ``ListenError`` when an address cannot be listened on.
    package func run(sockets: [InheritedSocket], hangups: Hangups) async throws {
        BuildInfo.register(in: registry)
        ProcessMetrics.register(in: registry, logger: logger)
        let configurationMetrics = ConfigurationMetrics(registry)
        configurationMetrics.loaded()
        let phase = DaemonPhase()
        let status = StatusLine()
        let scheduler = scheduler(status)
        let web = try await bind(sockets, phase: phase, scheduler: scheduler)
        for address in web.addresses {
            logger.info("Listening", metadata: ["address": "\(address)"])
        }
        let reloader = Reloader(
            file: options.configurationFile,
            apply: { scheduler.apply($0.probing) },
            metrics: configurationMetrics,
            status: status,
            phase: phase,
            manager: manager,
            logger: logger
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    web,
                    ProbingService(
                        scheduler: scheduler,
                        phase: phase,
                        status: status,
                        manager: manager,
                        logger: logger
                    ),
                    ReloadService(reloader: reloader, hangups: hangups, socket: controlSocket()),
                    SupervisionService(
                        phase: phase,
                        manager: manager,
                        logger: logger,
                        makesProgress: { scheduler.makesProgress && web.eventLoopMadeProgress() }
                    ),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
        logger.info("Stopped")
    }

    private func scheduler(_ status: StatusLine) -> ProbeScheduler {
        let settings = configuration.probing
        let metrics = ProbeMetrics(registry, settings: settings)
        let log = ProbingLog(logger: logger)
        let path = Environment.value("PATH") ?? RuntimeDiscovery.standardPath
        let discovery = RuntimeDiscovery(path: path)
        return ProbeScheduler(
            settings: settings,
            probes: ProbeRunner(launcher: WorkerLauncher(hiding: SystemdEnvironment.variables)),
            runtimes: { settings in
                let runtimes = discovery.runtimes(for: settings)
                log.record(runtimes, discovery: settings.discovery, path: path)
                return runtimes
            }
        ) { [manager] event, settings in
            metrics.record(event, settings: settings)
            log.record(event)
            if case .finished(let round, let next) = event {
                status.finished(StatusSentence(round, next))
                manager.tell(.status(status.text))
            }
        }
    }

    /// What the daemon is for does not depend on it, so it works without one where it cannot have one.
    private func controlSocket() -> ControlSocket? {
        guard let path = options.controlSocket else { return nil }
        do {
            return try ControlSocket(path: path)
        } catch {
            logger.warning(
                "No control socket: SIGHUP still reloads the configuration, gil-exporter reload cannot",
                metadata: ["err": "\(error)"]
            )
            return nil
        }
    }

    private func bind(
        _ sockets: [InheritedSocket],
        phase: DaemonPhase,
        scheduler: ProbeScheduler
    ) async throws -> WebServer {
        let listeners =
            sockets.isEmpty
            ? options.listenAddresses.map(Listener.address)
            : sockets.map { Listener.inherited(descriptor: $0.descriptor) }
        let page = LandingPage(
            name: "gil-exporter",
            summary: "What Python's Global Interpreter Lock costs on this host.",
            version: "\(BuildInfo.version) (\(BuildInfo.revision))",
            links: [
                LandingPage.Link(path: "\(options.telemetryPath)", text: "Metrics"),
                LandingPage.Link(path: "/-/healthy", text: "Health"),
                LandingPage.Link(path: "/-/ready", text: "Readiness"),
            ]
        )
        return try await WebServer.bind(
            listeners,
            routes: Routes(
                telemetryPath: options.telemetryPath,
                registry: registry,
                landingPage: page,
                healthy: { scheduler.makesProgress ? .ok : .failing(reason: "the schedule is stuck") },
                ready: phase.readiness
            ),
            logger: logger
        )
    }
}
