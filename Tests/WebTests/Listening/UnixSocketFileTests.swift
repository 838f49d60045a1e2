import Glibc
import TestSupport
import Testing

@testable import Web

@Suite("A socket file")
struct UnixSocketFileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("web.sock")
    }

    @Test("that nobody answers on is replaced")
    func replacesStale() throws {
        close(try ListeningSocket.unix(path: path).release())
        #expect(folder.holds("web.sock"))
        let second = try ListeningSocket.unix(path: path).release()
        defer { close(second) }
        _ = try RawClient(.unix(path: path))
    }

    @Test("that somebody answers on is left to him")
    func keepsLive() throws {
        let first = try ListeningSocket.unix(path: path).release()
        defer { close(first) }
        #expect(throws: ListenError.Reason.addressInUse) { try ListeningSocket.unix(path: path).release() }
        _ = try RawClient(.unix(path: path))
    }

    @Test("does not take the place of another kind of file")
    func keepsOtherFiles() throws {
        close(unsafe open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: ListenError.Reason.notSocketFile) { try ListeningSocket.unix(path: path).release() }
        #expect(folder.holds("web.sock"))
    }

    @Test("is removed by the one that made it")
    func removesOwn() throws {
        let descriptor = try ListeningSocket.unix(path: path).release()
        defer { close(descriptor) }
        try #require(UnixSocketFile(path: path)).remove()
        #expect(!folder.holds("web.sock"))
    }

    @Test("of a successor at the same path is not removed")
    func keepsSuccessor() throws {
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
