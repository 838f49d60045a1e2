import CSystemd
package import Linux

/// Tells the service manager how this program is doing.
///
/// Where nobody asked to be told, without `NOTIFY_SOCKET`, it does nothing. The variable is looked up at every message,
/// so it must stay in the environment; `SystemdEnvironment` says what to keep from child processes.
package struct Notifier: Sendable {
    package init() {}

    /// Sends the notifications in one datagram, so that the manager sees them at once. It waits while the manager's
    /// queue is full.
    package func notify(_ notifications: [Notification]) throws(SystemError) {
        let message = notifications.map(\.assignments).joined(separator: "\n")
        let result = unsafe sd_notify(0, message)
        guard result >= 0 else { throw SystemError("notify systemd of \"\(message)\"", code: -result) }
    }
}
