import Glibc
import TestSupport
import Testing

@testable import Web

struct UnixSocketFileTests {
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
        try #require(UnixSocketFile(path: path)).remove()
        #expect(!folder.holds("web.sock"))
    }

    @Test func `the socket file of a successor at the same path is kept`() throws {
        let first = try ListeningSocket.unix(path: path).release()
        defer { close(first) }
        let file = try #require(UnixSocketFile(path: path))
        // Moved away and not removed, so that the new file cannot get the old one's inode.
        #expect(unsafe rename(path, folder.file("old.sock")) == 0)
        let second = try ListeningSocket.unix(path: path).release()
        defer { close(second) }
        file.remove()
        #expect(folder.holds("web.sock"))
    }
}
