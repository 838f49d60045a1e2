import Linux
import Logging
import Systemd

/// The service manager that started the daemon, if one did, for those who have something to tell it.
///
/// That it does not listen is no reason to stop working; it is logged, once for each cause.
final class ServiceManager: Sendable {
    private let notifier = Notifier()
    private let logger: Logger
    /// Error numbers, not texts: a text has the message in it, and each message is another one.
    private let complaints = Protected<Set<CInt>>([])

    init(logger: Logger) {
        self.logger = logger
    }

    func tell(_ notifications: Notification...) {
        do {
            try notifier.notify(notifications)
        } catch {
            guard complaints.withLock({ $0.insert(error.code).inserted }) else { return }
            logger.warning("Cannot notify systemd", metadata: ["err": "\(error)"])
        }
    }

    /// How often it wants to hear that the daemon makes progress; nil when it does not.
    func watchdogInterval() -> Duration? {
        do {
            return try WatchdogInterval.fromEnvironment()
        } catch {
            logger.warning("The watchdog's interval cannot be read", metadata: ["err": "\(error)"])
            return nil
        }
    }
}
