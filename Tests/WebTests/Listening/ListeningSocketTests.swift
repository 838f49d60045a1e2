import Glibc
import Linux
import TestSupport
import Testing

@testable import Web

struct ListeningSocketTests {
    @Test func `a child process does not inherit a listening socket`() throws {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0).release()
        defer { close(descriptor) }
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
    }

    @Test func `a child process does not inherit an adopted socket`() throws {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0).release()
        defer { close(descriptor) }
        #expect(fcntl(descriptor, F_SETFD, 0) == 0)
        #expect(try ListeningSocket(adopting: descriptor).release() == descriptor)
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
    }

    @Test func `a listening socket is closed with its value`() throws {
        let folder = try TemporaryFolder()
        do { _ = try ListeningSocket.unix(path: folder.file("s")) }
        // The file of an open socket would be in use.
        #expect(try UnixSocketFile.removeStale(path: folder.file("s"), name: SocketName(path: folder.file("s"))))
    }

    @Test(arguments: [CInt(-1), 0])
    func `a descriptor that is not a socket is not adopted`(descriptor: CInt) {
        #expect(throws: ListenError.Reason.notListening) { try ListeningSocket(adopting: descriptor).release() }
    }

    @Test func `a socket that does not listen is not adopted`() {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(throws: ListenError.Reason.notListening) { try ListeningSocket(adopting: descriptor).release() }
    }

    @Test func `an unknown host is refused with the resolver's message`() {
        let error = #expect(throws: ListenError.Reason.self) {
            try ListeningSocket.tcp(host: "no such host", port: 0).release()
        }
        guard case .unresolvable(let words) = error else {
            return #expect(Bool(false), "is \(String(describing: error))")
        }
        #expect(!words.isEmpty)
    }

    @Test func `an address of no local interface is refused`() {
        // 192.0.2.0/24 is reserved for documentation: RFC 5737.
        let error = #expect(throws: ListenError.Reason.self) {
            try ListeningSocket.tcp(host: "192.0.2.1", port: 0).release()
        }
        guard case .system(let error) = error else { return #expect(Bool(false), "is \(String(describing: error))") }
        #expect(error.code == EADDRNOTAVAIL)
    }
}
