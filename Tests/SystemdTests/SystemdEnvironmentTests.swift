import Glibc
import Systemd
import TestSupport
import Testing

struct SystemdEnvironmentTests {
    @Test func `a process without the variables is nobody's service`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-test-\(getpid())")
            let manager = [
                "NOTIFY_SOCKET": socket.address, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "\(getpid())",
                "LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web",
            ]
            for (name, value) in manager { unsafe setenv(name, value, 1) }
            for name in SystemdEnvironment.variables { unsafe unsetenv(name) }
            try Notifier().notify([.ready])
            let interval = try WatchdogInterval.fromEnvironment()
            let sockets = try InheritedSockets.take()
            #expect(socket.receive() == nil)
            #expect(interval == nil)
            #expect(sockets.isEmpty)
        }
    }
}
