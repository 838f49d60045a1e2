import Linux
import Logging
import ServiceLifecycle
import Systemd

/// Keeps the service manager's watchdog quiet while the daemon makes progress, and tells it when the daemon stops.
///
/// The last service of the group, so that it is the first to be shut down: STOPPING comes before anything stops.
struct SupervisionService: Service {
    let phase: DaemonPhase
    let manager: ServiceManager
    let logger: Logger
    let makesProgress: @Sendable () -> Bool
    /// Whatever ends the daemon, a service that failed too, ends it in time.
    var stop: @Sendable () -> Void = { StopSignals.raise() }

    /// Ending a probe and the last scrapes takes about a second. On a host that is busy it takes longer, and that is no
    /// reason to be killed.
    static let stopping = Duration.seconds(10)

    /// The longest pause between two signs of life, however long the manager would wait.
    private static let longestPause = Duration.seconds(3600)

    func run() async throws {
        await withGracefulShutdownHandler {
            do {
                try await cancelWhenGracefulShutdown { try await supervise() }
            } catch {
                // Cancelled: the daemon stops.
            }
        } onGracefulShutdown: {
            phase.enter(.stopping)
            // Longer than the stop, which ends by itself, with a message, when it is overdue.
            manager.tell(.stopping, .extendTimeout(Self.stopping + .seconds(5)), .status("Stopping."))
        }
        stop()
    }

    private func supervise() async throws {
        guard let interval = manager.watchdogInterval() else {
            while true { try await Task.sleep(for: .seconds(24 * 3600)) }
        }
        var wasStuck = false
        while true {
            // Twice per interval, as sd_watchdog_enabled(3) recommends.
            try await Task.sleep(for: min(interval / 2, Self.longestPause))
            if makesProgress() {
                manager.tell(.watchdog)
                wasStuck = false
            } else if !wasStuck {
                logger.error("The schedule or the event loop is stuck; the watchdog is not told otherwise")
                wasStuck = true
            }
        }
    }
}
