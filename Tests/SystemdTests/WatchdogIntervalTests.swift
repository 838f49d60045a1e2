import Glibc
import Linux
import Systemd
import Testing

/// Each in a process of its own, as the environment is the process's.
struct WatchdogIntervalTests {
    @Test func `the interval is the manager's`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("WATCHDOG_USEC", "30000000", 1)
            unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
            let addressed = try WatchdogInterval.fromEnvironment()
            unsafe unsetenv("WATCHDOG_PID")
            let unaddressed = try WatchdogInterval.fromEnvironment()
            #expect(addressed == .seconds(30))
            #expect(unaddressed == .seconds(30))
        }
    }

    @Test func `a watchdog that waits for another process is not ours`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("WATCHDOG_USEC", "30000000", 1)
            unsafe setenv("WATCHDOG_PID", "\(getppid())", 1)
            let interval = try WatchdogInterval.fromEnvironment()
            #expect(interval == nil)
        }
    }

    @Test func `nobody waits without the variable`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("WATCHDOG_USEC")
            let interval = try WatchdogInterval.fromEnvironment()
            #expect(interval == nil)
        }
    }

    @Test func `an interval that is none is an error`() async {
        await #expect(processExitsWith: .success) {
            for value in ["soon", "0", "-1", "1", "9999", "18446744073709551615"] {
                unsafe setenv("WATCHDOG_USEC", value, 1)
                #expect(throws: SystemError.self, "\(value)") { try WatchdogInterval.fromEnvironment() }
            }
        }
    }
}
