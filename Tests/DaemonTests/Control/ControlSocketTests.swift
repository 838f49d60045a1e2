import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon

struct ControlSocketTests {
    @Test func `only the exporter's user may connect`() throws {
        let folder = try TemporaryFolder()
        let socket = try ControlSocket(path: "\(folder.path)/control.sock")
        var status = stat()
        unsafe stat("\(folder.path)/control.sock", &status)
        #expect(status.st_mode == S_IFSOCK | 0o600)
        withExtendedLifetime(socket) {}
    }

    @Test func `the file is removed with the socket`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        withExtendedLifetime(try ControlSocket(path: path)) { #expect(unsafe access(path, F_OK) == 0) }
        #expect(unsafe access(path, F_OK) != 0)
    }

    @Test func `a closed socket refuses clients instead of letting them wait`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let socket = try ControlSocket(path: path)
        try socket.listen { _ in }
        socket.close()
        #expect(throws: (any Error).self) { try ControlClient(path: path).reload() }
        withExtendedLifetime(socket) {}
    }

    @Test func `the file of a killed daemon is replaced`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let address = try UnixSocketAddress(path: path)
        try leaveStaleFile(at: address)
        _ = try ControlSocket(path: path)
    }

    private func leaveStaleFile(at address: UnixSocketAddress) throws {
        let dead = try UnixSocketAddress.makeSocket()
        try address.bind(dead, mode: nil)
    }

    @Test func `another daemon's socket is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/control.sock"
        let first = try ControlSocket(path: path)
        #expect(throws: SystemError("bind \(path)", code: EADDRINUSE)) { try ControlSocket(path: path) }
        #expect(unsafe access(path, F_OK) == 0)
        withExtendedLifetime(first) {}
    }

    @Test func `a file of another kind is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("mine", to: "control.sock")
        #expect(throws: SystemError("bind \(path)", code: EADDRINUSE)) { try ControlSocket(path: path) }
        #expect(unsafe access(path, F_OK) == 0)
    }

    @Test func `a path that is too long is refused`() {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        #expect(throws: SystemError("name a socket \(path)", code: ENAMETOOLONG)) { try ControlSocket(path: path) }
    }
}

/// Each in a process of its own, as the environment is the process's.
struct ControlSocketPathTests {
    @Test func `the socket of a service is in its first runtime directory`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("RUNTIME_DIRECTORY", "/run/gil-exporter:/run/other", 1)
            #expect(ControlSocketPath.inRuntimeDirectory == "/run/gil-exporter/control.sock")
        }
    }

    @Test func `outside of a service there is no path`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("RUNTIME_DIRECTORY")
            #expect(ControlSocketPath.inRuntimeDirectory == nil)
        }
    }
}
