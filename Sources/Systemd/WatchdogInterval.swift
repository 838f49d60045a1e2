import CSystemd
package import Linux

/// How long the service manager waits for a sign of life: `WatchdogSec=`, sd_watchdog_enabled(3).
package enum WatchdogInterval {
    /// The time after which the manager gives this process up; nil when it does not wait for this process. Send
    /// `Notification.watchdog` at half of it.
    package static func fromEnvironment() throws(SystemError) -> Duration? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else {
            throw SystemError("read the watchdog interval from WATCHDOG_USEC and WATCHDOG_PID", code: -result)
        }
        return result == 0 ? nil : .microseconds(Int64(clamping: microseconds))
    }
}
