import Glibc
import Linux
import TestSupport
import Testing

@testable import Web

@Suite("A listening socket")
struct ListeningSocketTests {
    @Test("does not reach the programs that this one starts")
    func closeOnExec() throws {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0).release()
        defer { close(descriptor) }
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
    }

    @Test("that was inherited does not reach them either")
    func inheritedCloseOnExec() throws {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0).release()
        defer { close(descriptor) }
        #expect(fcntl(descriptor, F_SETFD, 0) == 0)
        #expect(try ListeningSocket(adopting: descriptor).release() == descriptor)
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
    }

    @Test("is closed with its value")
    func closes() throws {
        let folder = try TemporaryFolder()
        do { _ = try ListeningSocket.unix(path: folder.file("s")) }
        // A live one would be found in use; what is left is a file, which is stale.
        #expect(try UnixSocketFile.removeStale(path: folder.file("s"), name: SocketName(path: folder.file("s"))))
    }

    @Test("is not made of a descriptor that is none", arguments: [CInt(-1), 0])
    func notSocket(descriptor: CInt) {
        #expect(throws: ListenError.Reason.notListening) { try ListeningSocket(adopting: descriptor).release() }
    }

    @Test("is not made of a socket that does not listen")
    func notListening() {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(throws: ListenError.Reason.notListening) { try ListeningSocket(adopting: descriptor).release() }
    }

    @Test("of a name that does not exist is refused with the resolver's words")
    func unresolvable() {
        let error = #expect(throws: ListenError.Reason.self) {
            try ListeningSocket.tcp(host: "no such host", port: 0).release()
        }
        guard case .unresolvable(let words) = error else {
            return #expect(Bool(false), "is \(String(describing: error))")
        }
        #expect(!words.isEmpty)
    }

    @Test("of an address that no interface has is refused")
    func foreignAddress() {
        // 192.0.2.0/24 is for documentation alone, RFC 5737.
        let error = #expect(throws: ListenError.Reason.self) {
            try ListeningSocket.tcp(host: "192.0.2.1", port: 0).release()
        }
        guard case .system(let error) = error else { return #expect(Bool(false), "is \(String(describing: error))") }
        #expect(error.code == EADDRNOTAVAIL)
    }
}
