import Glibc
import Linux
import TestSupport
import Testing

@testable import Systemd

/// Each in a process of its own, as the environment is the process's.
struct NotifierTests {
    @Test func `notifications go out in one datagram`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-test-\(getpid())")
            unsafe setenv("NOTIFY_SOCKET", socket.address, 1)
            try Notifier().notify([.ready, .status("watching")])
            #expect(socket.receive() == "READY=1\nSTATUS=watching")
            try Notifier().notify([.watchdog])
            #expect(socket.receive() == "WATCHDOG=1")
            try Notifier().notify([.stopping])
            #expect(socket.receive() == "STOPPING=1")
            #expect(socket.receive() == nil)
        }
    }

    @Test func `the socket may be in the file system`() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/gil-exporter-test-\(getpid())"
            let socket = try NotifySocket(address: path)
            defer { unsafe unlink(path) }
            unsafe setenv("NOTIFY_SOCKET", path, 1)
            try Notifier().notify([.ready])
            #expect(socket.receive() == "READY=1")
        }
    }

    @Test func `a manager that does not read is not waited for`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-test-\(getpid())")
            unsafe setenv("NOTIFY_SOCKET", socket.address, 1)
            // More than any queue holds: net.unix.max_dgram_qlen is 10, or 512 on large hosts.
            var failure: SystemError?
            for _ in 0..<10_000 where failure == nil {
                do throws(SystemError) { try Notifier().notify([.watchdog]) } catch { failure = error }
            }
            #expect(failure?.code == EAGAIN)
            #expect(socket.receive() == "WATCHDOG=1")
        }
    }

    @Test func `without a socket nothing happens`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("NOTIFY_SOCKET")
            try Notifier().notify([.ready, .status("nobody listens")])
        }
    }

    @Test func `a manager that has gone is an error with the message`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            #expect(throws: SystemError("notify systemd of \"READY=1\"", code: ENOENT)) {
                try Notifier().notify([.ready])
            }
            unsafe setenv("NOTIFY_SOCKET", "not an address", 1)
            #expect(throws: SystemError.self) { try Notifier().notify([.watchdog]) }
        }
    }
}

struct NotificationTests {
    @Test(
        arguments: [
            ("fine\nWATCHDOG=trigger", "STATUS=fine WATCHDOG=trigger"),
            ("a\r\nb\tc\u{0}d\u{7F}e\u{85}f", "STATUS=a b c d e f"),
            ("", "STATUS="),
            ("speed-up 1.9 × – naïve 👩‍🔬", "STATUS=speed-up 1.9 × – naïve 👩‍🔬"),
        ]
    )
    func `a status stays on its line`(text: String, assignment: String) {
        #expect(Notification.status(text).assignments == assignment)
    }

    @Test func `a long status is cut between characters`() {
        let status = Notification.status(String(repeating: "👩‍🔬", count: 1000)).assignments
        #expect(status.utf8.count <= "STATUS=".utf8.count + Notification.maxStatusBytes)
        #expect(status.dropFirst("STATUS=".count).allSatisfy { $0 == "👩‍🔬" })
        #expect(status.count > "STATUS=".count + 50)
    }

    @Test func `a reload has its time, so that an earlier ready does not end it`() throws {
        let assignments = Notification.reloading.assignments.split(separator: "\n")
        try #require(assignments.count == 2)
        #expect(assignments[0] == "RELOADING=1")
        let time = try #require(UInt64(assignments[1].dropFirst("MONOTONIC_USEC=".count)))
        let later = try #require(UInt64(Notification.reloading.assignments.split(separator: "=").last ?? ""))
        #expect(later >= time)
    }

    @Test(
        arguments: [
            (Notification.errno(98), "ERRNO=98"), (.extendTimeout(.milliseconds(1500)), "EXTEND_TIMEOUT_USEC=1500000"),
            (.extendTimeout(.seconds(-1)), "EXTEND_TIMEOUT_USEC=0"), (.stopping, "STOPPING=1"),
        ]
    )
    func `numbers are in the units that the manager expects`(notification: Notification, assignment: String) {
        #expect(notification.assignments == assignment)
    }
}

/// Each in a process of its own, as the environment is the process's.
struct WatchdogIntervalTests {
    @Test func `the interval is read from the environment`() async {
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

    @Test func `a watchdog of another process is ignored`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("WATCHDOG_USEC", "30000000", 1)
            unsafe setenv("WATCHDOG_PID", "\(getppid())", 1)
            let interval = try WatchdogInterval.fromEnvironment()
            #expect(interval == nil)
        }
    }

    @Test func `without the variable there is no watchdog`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("WATCHDOG_USEC")
            let interval = try WatchdogInterval.fromEnvironment()
            #expect(interval == nil)
        }
    }

    @Test func `an invalid interval is an error`() async {
        await #expect(processExitsWith: .success) {
            for value in ["soon", "0", "-1", "1", "9999", "18446744073709551615"] {
                unsafe setenv("WATCHDOG_USEC", value, 1)
                #expect(throws: SystemError.self, "\(value)") { try WatchdogInterval.fromEnvironment() }
            }
        }
    }
}

struct SystemdEnvironmentTests {
    @Test func `a process without the variables is not a service`() async {
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
