import Glibc
import Linux
import Systemd
import TestSupport
import Testing

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

    @Test func `a manager that is gone is an error that says what was not sent`() async {
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
