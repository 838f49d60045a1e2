import Glibc
import Linux
import Systemd
import Testing

/// Each in a process of its own, with descriptors 3 and 4 as a service manager hands them over.
struct InheritedSocketsTests {
    @Test func `sockets are returned once, with names, and children do not inherit them`() async {
        await #expect(processExitsWith: .success) {
            let saved = Handover.arrange(names: "web:admin")
            let sockets = try InheritedSockets.take()
            let closeOnExec = sockets.map { fcntl($0.descriptor, F_GETFD) & FD_CLOEXEC }
            let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"].map { (name: String) in
                unsafe getenv(name) == nil
            }
            let again = try InheritedSockets.take()
            saved.restore()
            #expect(sockets == [.init(descriptor: 3, name: "web"), .init(descriptor: 4, name: "admin")])
            #expect(closeOnExec == [FD_CLOEXEC, FD_CLOEXEC])
            #expect(variables == [true, true, true])
            #expect(again.isEmpty)
        }
    }

    @Test func `a manager may pass no names`() async {
        await #expect(processExitsWith: .success) {
            let saved = Handover.arrange(names: nil)
            let sockets = try InheritedSockets.take()
            saved.restore()
            #expect(sockets.map(\.name) == ["unknown", "unknown"])
        }
    }

    @Test func `sockets for another process are left alone`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("LISTEN_PID", "\(getppid())", 1)
            unsafe setenv("LISTEN_FDS", "2", 1)
            let sockets = try InheritedSockets.take()
            #expect(sockets.isEmpty)
        }
    }

    @Test func `a wrong number of names is an error`() async {
        await #expect(processExitsWith: .success) {
            let saved = Handover.arrange(names: "only-one")
            let result = Result { try InheritedSockets.take() }
            saved.restore()
            #expect(throws: SystemError.self) { try result.get() }
        }
    }
}

/// Descriptors 3 and 4 belong to the test runner while nothing is handed over on them.
private struct Handover {
    private let runners: [CInt]

    static func arrange(names: String?) -> Handover {
        let handover = Handover(runners: [fcntl(3, F_DUPFD_CLOEXEC, 10), fcntl(4, F_DUPFD_CLOEXEC, 10)])
        for descriptor: CInt in [3, 4] {
            let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            if listener != descriptor {
                dup2(listener, descriptor)
                close(listener)
            }
        }
        unsafe setenv("LISTEN_PID", "\(getpid())", 1)
        unsafe setenv("LISTEN_FDS", "2", 1)
        if let names { unsafe setenv("LISTEN_FDNAMES", names, 1) } else { unsafe unsetenv("LISTEN_FDNAMES") }
        return handover
    }

    func restore() {
        for (descriptor, runner) in zip([3, 4] as [CInt], runners) where runner >= 0 {
            dup2(runner, descriptor)
            close(runner)
        }
    }
}
