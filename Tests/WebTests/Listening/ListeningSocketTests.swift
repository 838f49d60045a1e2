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
        #expect(try UnixSocketAddress(path: folder.file("s")).removeStaleFile() == .removed)
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

struct ListeningSocketFileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("web.sock")
    }

    @Test func `a stale socket file is replaced`() throws {
        close(try ListeningSocket.unix(path: path).release())
        #expect(folder.holds("web.sock"))
        let second = try ListeningSocket.unix(path: path).release()
        defer { close(second) }
        _ = try RawClient(.unix(path: path))
    }

    @Test func `a socket file on which a process answers is kept`() throws {
        let first = try ListeningSocket.unix(path: path).release()
        defer { close(first) }
        #expect(throws: ListenError.Reason.addressInUse) { try ListeningSocket.unix(path: path).release() }
        _ = try RawClient(.unix(path: path))
    }

    @Test func `a file of another kind is not replaced`() throws {
        close(unsafe open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: ListenError.Reason.notSocketFile) { try ListeningSocket.unix(path: path).release() }
        #expect(folder.holds("web.sock"))
    }

    @Test func `a socket file is removed by the process that made it`() throws {
        let descriptor = try ListeningSocket.unix(path: path).release()
        defer { close(descriptor) }
        try #require(BoundSocketFile(path: path)).remove()
        #expect(!folder.holds("web.sock"))
    }

    @Test func `the socket file of a successor at the same path is kept`() throws {
        let first = try ListeningSocket.unix(path: path).release()
        defer { close(first) }
        let file = try #require(BoundSocketFile(path: path))
        // Moved away and not removed, so that the new file cannot get the old one's inode.
        #expect(unsafe rename(path, folder.file("old.sock")) == 0)
        let second = try ListeningSocket.unix(path: path).release()
        defer { close(second) }
        file.remove()
        #expect(folder.holds("web.sock"))
    }
}
