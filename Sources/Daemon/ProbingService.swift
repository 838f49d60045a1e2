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
        do {
            // Cancelling ends the running worker at once; a measurement cut short would be none.
            try await cancelWhenGracefulShutdown { try await scheduler.run() }
        } catch is CancellationError {
            // The only way that a schedule ends.
        }
    }
}
