import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon

struct ControlSocketTests {
    @Test func `nobody but its user may connect`() throws {
        let folder = try TemporaryFolder()
        let socket = try ControlSocket(path: "\(folder.path)/control.sock")
        var status = stat()
        unsafe stat("\(folder.path)/control.sock", &status)
        #expect(status.st_mode == S_IFSOCK | 0o600)
        withExtendedLifetime(socket) {}
    }

    @Test func `the file goes with the socket`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        withExtendedLifetime(try ControlSocket(path: path)) { #expect(unsafe access(path, F_OK) == 0) }
        #expect(unsafe access(path, F_OK) != 0)
    }

    @Test func `what a killed daemon has left is replaced`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let address = try UnixSocketAddress(path: path)
        let dead = try address.makeSocket()
        #expect(unsafe address.withPointer { unsafe bind(dead, $0, $1) } == 0)
        close(dead)
        _ = try ControlSocket(path: path)
    }

    @Test func `another daemon's socket is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let first = try ControlSocket(path: path)
        #expect(throws: SystemError("bind \(path)", code: EADDRINUSE)) { try ControlSocket(path: path) }
        #expect(unsafe access(path, F_OK) == 0)
        withExtendedLifetime(first) {}
    }

    @Test func `a file that is no socket is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("mine", to: "control.sock")
        #expect(throws: SystemError("bind \(path)", code: EADDRINUSE)) { try ControlSocket(path: path) }
        #expect(unsafe access(path, F_OK) == 0)
    }

    @Test func `a path that no socket can have is refused`() {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        #expect(throws: SystemError("name a socket \(path)", code: ENAMETOOLONG)) { try ControlSocket(path: path) }
    }
}
