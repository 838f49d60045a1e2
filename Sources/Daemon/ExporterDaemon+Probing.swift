import ConfigurationFiles
import Linux
import Logging
import Probing
import Reports
import ServiceLifecycle
import Systemd

extension ExporterDaemon {
    /// The schedule, whose events go to metrics, history, log and status.
    func makeScheduler(status: StatusLine, history: RoundHistory, metrics: ProbeMetrics) -> ProbeScheduler {
        let settings = options.probing(configuration)
        let log = ProbingLog(logger: logger)
        let path = Environment.value("PATH") ?? RuntimeDiscovery.standardPath
        let discovery = RuntimeDiscovery(path: path)
        return ProbeScheduler(
            settings: settings,
            runner: ProbeRunner(launcher: WorkerLauncher(hiding: SystemdEnvironment.variables)),
            runtimes: { settings in
                let found = discovery.search(for: settings)
                log.record(found, discovery: settings.discovery, path: path)
                return found.runtimes
            }
        ) { [manager] event in
            metrics.record(event)
            history.record(event)
            log.record(event)
            switch event {
            case .finished(let round, let next):
                status.finished(StatusSentence(round, next))
                manager.notify(.status(status.text))
            case .disabled: if status.probesDisabled(true) { manager.notify(.status(status.text)) }
            case .started: if status.probesDisabled(false) { manager.notify(.status(status.text)) }
            default: break
            }
        }
    }
}

/// Runs the schedule, and reports that the daemon is ready: by then the listeners are bound.
struct ProbingService: Service {
    let scheduler: ProbeScheduler
    let phase: DaemonPhase
    let status: StatusLine
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        phase.enter(.running)
        manager.notify(.ready, .status(status.text))
        logger.info("Ready", metadata: ["event": .stringConvertible(LogEventID.started)])
        let reaping = OrphanReaper.isNeeded ? Task { try await Self.reapOrphans() } : nil
        defer { reaping?.cancel() }
        do {
            // Cancelling ends the running worker at once, because a shortened run is not a measurement.
            try await cancelWhenGracefulShutdown { try await scheduler.run() }
        } catch is CancellationError {
            // A schedule ends only by cancellation.
        }
    }

    /// Orphans that do not come from workers, but for example from `docker exec`, cause no event, so this polls.
    private static func reapOrphans() async throws {
        while true {
            OrphanReaper.reap()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
