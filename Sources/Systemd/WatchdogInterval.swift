import CSystemd
import Glibc
package import Linux

/// How long the service manager waits for a sign of life: `WatchdogSec=`, sd_watchdog_enabled(3).
package enum WatchdogInterval {
    /// The shortest interval that is believed. Whoever can put a smaller one into the environment could have the program
    /// do nothing but notify; and no manager whose sockets take a message in microseconds needs a thousand a second.
    package static let shortest = Duration.milliseconds(10)

    /// The time after which the manager gives this process up; nil when it does not wait for this process. Send
    /// `Notification.watchdog` at half of it.
    package static func fromEnvironment() throws(SystemError) -> Duration? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else {
            throw SystemError("read the watchdog interval from WATCHDOG_USEC and WATCHDOG_PID", code: -result)
        }
        guard result > 0 else { return nil }
        let interval = Duration.microseconds(Int64(clamping: microseconds))
        guard interval >= shortest else {
            throw SystemError("use a watchdog interval (WATCHDOG_USEC) of \(microseconds) µs", code: ERANGE)
        }
        return interval
    }
}
