import Glibc
import Logging
import Systemd
import TestSupport
import Testing

@testable import Daemon

/// Each in a process of its own, as the environment is the process's.
struct ServiceManagerTests {
    @Test func `that it does not listen is logged once, whatever it is told`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            let log = RecordedLog()
            let manager = ServiceManager(logger: log.logger)
            manager.tell(.ready)
            for round in 0..<100 { manager.tell(.status("Round \(round).")) }
            #expect(log.messages == ["Cannot notify systemd"])
        }
    }

    @Test func `an interval that nobody can mean is logged, and nobody is notified`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("WATCHDOG_USEC", "1", 1)
            let log = RecordedLog()
            let manager = ServiceManager(logger: log.logger)
            let interval = manager.watchdogInterval()
            #expect(interval == nil)
            #expect(log.errors.first?.contains("WATCHDOG_USEC") == true)
        }
    }
}
