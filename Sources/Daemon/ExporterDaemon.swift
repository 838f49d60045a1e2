package import ConfigurationFiles
package import Exposition
package import Linux
package import Logging
import Probing
import ServiceLifecycle
package import Systemd
import Web

/// The daemon: creates its parts, and runs them in order. Extensions create the larger parts.
package struct ExporterDaemon: Sendable {
    let options: ServeOptions
    let configurationFile: String?
    let configuration: Configuration
    let webConfiguration: ActiveWebConfiguration?
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
        webConfiguration: ActiveWebConfiguration? = nil,
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

    /// The maximum duration of a stop, even if something is stuck. The program then ends with ``overdueStop``.
    package static let stopLimit = SupervisionService.stopLimit
    /// EX_SOFTWARE of sysexits.h.
    package static let overdueStop: CInt = 70

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - sockets: sockets from systemd. If there are any, the daemon listens on no other address.
    ///   - hangups: each requests a reload.
    ///   - stops: request the end.
    /// - Throws: ``ListenError`` if the daemon cannot listen on an address.
    package func run(sockets: [InheritedSocket], hangups: Hangups, stops: StopSignals) async throws {
        BuildInfo.register(in: registry)
        HostMetrics.register(in: registry)
        if options.routes.scrapes.exposesOwnMetrics { ProcessMetrics.register(in: registry, logger: logger) }
        let configurationMetrics = ConfigurationMetrics(registry)
        configurationMetrics.loaded([.main, .web])
        let phase = DaemonPhase()
        let status = StatusLine()
        let history = RoundHistory()
        if !options.probing(configuration).isEnabled {
            // Scrapes may come before the schedule reports it.
            _ = status.probesDisabled(true)
            history.record(.disabled)
        }
        let reloads = ReloadRequests()
        let metrics = ProbeMetrics(registry, settings: options.probing(configuration))
        let scheduler = makeScheduler(status: status, history: history, metrics: metrics)
        let observation = ObservationService(
            configuration.observation,
            registry: registry,
            logger: logger,
            hasProfiles: options.enablesProfile
        ) { [manager] scope in
            if status.observed(scope), !phase.isStopping { manager.notify(.status(status.text)) }
        }
        let web = try await makeWebServer(
            sockets,
            pages: ProbingPages(options: options, history: history, scheduler: scheduler, metrics: metrics),
            statusPages: StatusPages(
                options: options,
                configurationFile: configurationFile,
                history: history,
                scheduler: scheduler,
                observation: observation
            ),
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
                    makeReloadService(
                        hangups: hangups,
                        scheduler: scheduler,
                        observation: observation,
                        metrics: configurationMetrics,
                        status: status,
                        phase: phase,
                        requests: reloads
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
        let unmapping = Task { try await Self.unmapUnusedCode() }
        defer { unmapping.cancel() }
        try await group.run()
        logger.info("Stopped")
    }

    /// Unmaps the code that only the start needs, and now and then what reloads and the like have mapped since: a fifth of
    /// what would be resident otherwise.
    private static func unmapUnusedCode() async throws {
        try await Task.sleep(for: .seconds(10))
        while true {
            ProgramCode.unmap()
            try await Task.sleep(for: .seconds(600))
        }
    }
}

/// What this host offers to Python programs.
private enum HostMetrics {
    /// Adds the metrics, which every gathering of the registry reads.
    static func register(in registry: Registry) {
        let cpus = registry.gauges(
            "gil_usable_cpus",
            help: "CPUs on which the exporter and its workers may run: all, unless their affinity is limited.",
            labels: []
        )
        registry.beforeGather {
            // Not read once: CPUs go offline, and systemd changes the CPUs of services that run (AllowedCPUs=).
            cpus.show((try? Affinity.ofCallingThread()).map { Double($0.count) })
        }
    }
}
