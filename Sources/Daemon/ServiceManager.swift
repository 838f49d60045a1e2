import Linux
import Logging
import ServiceLifecycle
import Systemd
import Web

/// The service manager that started the daemon, if any.
///
/// A failed notification does not stop the daemon. It is logged once for each error number.
final class ServiceManager: Sendable {
    private let notifier = Notifier()
    private let logger: Logger
    /// Error numbers, not texts: the text of an error contains the notification, and so differs each time.
    private let loggedErrors = Protected<Set<CInt>>([])

    init(logger: Logger) {
        self.logger = logger
    }

    func notify(_ notifications: Notification...) {
        do {
            try notifier.notify(notifications)
        } catch {
            guard loggedErrors.withLock({ $0.insert(error.code).inserted }) else { return }
            logger.warning("Cannot notify systemd", metadata: ["err": "\(error)"])
        }
    }

    /// The interval in which the manager expects a sign of progress. Nil if it expects none.
    func watchdogInterval() -> Duration? {
        do {
            return try WatchdogInterval.fromEnvironment()
        } catch {
            logger.warning("The watchdog's interval cannot be read", metadata: ["err": "\(error)"])
            return nil
        }
    }
}

/// Answers the service manager's watchdog while the daemon makes progress, and notifies the manager when the daemon
/// stops.
///
/// It is the last service of the group, and so the first to shut down: STOPPING is sent before anything stops.
struct SupervisionService: Service {
    let phase: DaemonPhase
    let manager: ServiceManager
    let logger: Logger
    let makesProgress: @Sendable () -> Bool
    /// Called when the daemon ends for any reason, such as a failed service, so that the end is in time.
    var stop: @Sendable () -> Void = { StopSignals.raise() }

    /// The maximum duration of a stop. Ending a probe and the last scrapes takes about a second, and longer on a busy
    /// host.
    static let stopLimit = Duration.seconds(10)

    /// The maximum pause between two signs of progress, even if the manager would wait longer.
    private static let maxPause = Duration.seconds(3600)

    func run() async throws {
        await withGracefulShutdownHandler {
            do {
                try await cancelWhenGracefulShutdown { try await supervise() }
            } catch {
                // Cancelled: the daemon stops.
            }
        } onGracefulShutdown: {
            phase.enter(.stopping)
            // Longer than the limit of the stop, so that an overdue stop ends by itself, with a message.
            manager.notify(.stopping, .extendTimeout(Self.stopLimit + .seconds(5)), .status("Stopping."))
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
            try await Task.sleep(for: min(interval / 2, Self.maxPause))
            if makesProgress() {
                manager.notify(.watchdog)
                wasStuck = false
            } else if !wasStuck {
                logger.error("The schedule or the event loop is stuck; the watchdog gets no notification")
                wasStuck = true
            }
        }
    }
}

/// The phase of the daemon's life.
final class DaemonPhase: Sendable {
    enum Phase: Sendable {
        case starting
        case running
        case stopping
    }

    private let phase = Protected(Phase.starting)

    /// Enters a later phase. An earlier one has no effect.
    func enter(_ next: Phase) {
        phase.withLock { phase in
            switch (phase, next) {
            case (.stopping, _), (_, .starting): break
            case (_, .running), (_, .stopping): phase = next
            }
        }
    }

    var isStopping: Bool { phase.withLock { $0 } == .stopping }

    /// Whether the daemon probes and observes.
    func readiness() -> Health {
        switch phase.withLock({ $0 }) {
        case .starting: .failing(reason: "the schedule does not run yet")
        case .running: .ok
        case .stopping: .failing(reason: "the exporter is stopping")
        }
    }
}
