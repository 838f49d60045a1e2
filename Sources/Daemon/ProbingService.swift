import Linux
import Logging
import Probing
import ServiceLifecycle
import Systemd

/// Runs the schedule, and says that the daemon is ready: by then the listeners are bound.
struct ProbingService: Service {
    let scheduler: ProbeScheduler
    let phase: DaemonPhase
    let status: StatusLine
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        phase.enter(.running)
        manager.tell(.ready, .status(status.text))
        logger.info("Ready", metadata: ["event": .stringConvertible(LogEventID.started)])
        let reaping = OrphanReaper.isNeeded ? Task { try await Self.reapOrphans() } : nil
        defer { reaping?.cancel() }
        do {
            // Cancelling ends the running worker at once; a measurement cut short would be none.
            try await cancelWhenGracefulShutdown { try await scheduler.run() }
        } catch is CancellationError {
            // The only way that a schedule ends.
        }
    }

    /// Orphans that are not a worker's come from anywhere, such as `docker exec`, and are nobody's event.
    private static func reapOrphans() async throws {
        while true {
            OrphanReaper.reap()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
