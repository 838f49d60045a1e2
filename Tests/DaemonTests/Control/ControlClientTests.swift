import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon

struct ControlClientTests {
    @Test func `a missing exporter is reported`() throws {
        let error = try #require(throws: ControlError.self) {
            try ControlClient(path: "/nonexistent/control.sock").reload()
        }
        #expect(error.description.hasPrefix("/nonexistent/control.sock: no exporter listens there; "))
    }

    @Test func `an exporter that hangs up without an answer is an error`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let socket = try ControlSocket(path: path)
        try socket.listen { _ in }
        let error = try #require(throws: ControlError.self) { try ControlClient(path: path).reload() }
        #expect(error == ControlError(path: path, reason: nil))
        socket.close()
    }

    @Test func `the wait for an exporter that does not answer is limited`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let socket = try ControlSocket(path: path)
        let error = try #require(throws: ControlError.self) {
            try ControlClient(path: path, patience: .milliseconds(20)).reload()
        }
        #expect(error.reason?.code == EAGAIN)
        #expect(error.description == "\(path): the exporter does not answer")
        withExtendedLifetime(socket) {}
    }
}
