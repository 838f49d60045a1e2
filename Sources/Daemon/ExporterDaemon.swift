package import ConfigurationFiles
package import Exposition
package import Linux
package import Logging
import Probing
import ServiceLifecycle
package import Systemd
import Web

/// The daemon: its parts, run in order. How each part is put together stands in an extension of its own.
package struct ExporterDaemon: Sendable {
    let options: ServeOptions
    let configurationFile: String?
    let configuration: Configuration
    let webConfiguration: WebConfigurationFile?
    let registry: Registry
    let logger: Logger
    let manager: ServiceManager

    /// - Parameters:
    ///   - configurationFile: the file for reloads; nil: a reload has the defaults.
    ///   - configuration: already read and validated.
    ///   - registry: for all metrics; the logging system may count in it already.
    package init(
        options: ServeOptions,
        configurationFile: String?,
        configuration: Configuration,
        webConfiguration: WebConfigurationFile? = nil,
        registry: Registry,
        logger: Logger
    ) {
        self.options = options
        self.configurationFile = configurationFile
        self.configuration = configuration
        self.webConfiguration = webConfiguration
        self.registry = registry
        self.logger = logger
        manager = ServiceManager(logger: logger)
    }

    /// How long a stop may take, whatever is stuck; the program then ends with ``overdueStop``.
    package static let stopLimit = SupervisionService.stopping
    /// EX_SOFTWARE of sysexits.h.
    package static let overdueStop: CInt = 70

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - sockets: what systemd has passed in; when there are any, nothing else is listened on.
    ///   - hangups: asks for reloads.
    ///   - stops: asks for the end.
    /// - Throws: ``ListenError`` when an address cannot be listened on.
    package func run(sockets: [InheritedSocket], hangups: Hangups, stops: StopSignals) async throws {
        BuildInfo.register(in: registry)
        if options.routes.scrapes.exposesOwnMetrics { ProcessMetrics.register(in: registry, logger: logger) }
        let configurationMetrics = ConfigurationMetrics(registry)
        configurationMetrics.loaded([.main, .web])
        let phase = DaemonPhase()
        let status = StatusLine()
        let history = RoundHistory()
        let reloads = ReloadRequests()
        let metrics = ProbeMetrics(registry, settings: configuration.probing)
        let scheduler = scheduler(status, history, metrics)
        let observation = ObservationService(configuration.observation, registry: registry, logger: logger)
        let web = try await bind(
            sockets,
            pages: ProbingPages(options: options, history: history, scheduler: scheduler, metrics: metrics),
            observation: observation,
            phase: phase,
            reloads: reloads
        )
        for address in web.addresses {
            logger.info("Listening", metadata: ["address": "\(address)"])
        }
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
                    observation,
                    reloading(
                        hangups: hangups,
                        scheduler: scheduler,
                        observation: observation,
                        metrics: configurationMetrics,
                        status: status,
                        phase: phase,
                        asked: reloads
                    ),
                    SupervisionService(
                        phase: phase,
                        manager: manager,
                        logger: logger,
                        makesProgress: { scheduler.makesProgress && web.eventLoopMadeProgress() }
                    ),
                ],
                logger: logger
            )
        )
        stops.handle { Task { await group.triggerGracefulShutdown() } }
        try await group.run()
        logger.info("Stopped")
    }
}
