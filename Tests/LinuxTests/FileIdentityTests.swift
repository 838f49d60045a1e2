import Glibc
import Linux
import TestSupport
import Testing

struct FileIdentityTests {
    @Test func `a path and a descriptor of a file have one identity`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("text", to: "file")
        let file = try OwnedDescriptor(opening: path)
        let identity = try #require(FileIdentity(path: path))
        #expect(FileIdentity(file) == identity)
        #expect(identity.kind == .regular)
        #expect(identity.size == 4)
        #expect(identity.owner == geteuid())
    }

    @Test func `a write makes another state of the same file`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("text", to: "file")
        let before = try #require(FileIdentity(path: path))
        #expect(unsafe truncate(path, 2) == 0)
        let after = try #require(FileIdentity(path: path))
        #expect(after != before)
        #expect(after.isSameFile(as: before))
    }

    @Test func `a replacement of the same size and time is another file`() throws {
        let folder = try TemporaryFolder()
        let (one, other) = (try folder.write("text", to: "one"), try folder.write("text", to: "other"))
        let before = try #require(FileIdentity(path: one))
        var times = utimbuf(actime: 7, modtime: 7)
        for path in [one, other] {
            #expect(unsafe utime(path, &times) == 0)
            #expect(FileIdentity(path: path)?.modified == 7_000_000_000)
        }
        #expect(unsafe rename(other, one) == 0)
        let after = try #require(FileIdentity(path: one))
        #expect(!after.isSameFile(as: before))
    }

    @Test func `files of other kinds are recognised`() {
        #expect(FileIdentity(path: "/")?.kind == .directory)
        #expect(FileIdentity(path: "/dev/null")?.kind == .device)
        #expect(FileIdentity(regularFileAt: "/dev/null") == nil)
        #expect(FileIdentity(path: "/nonexistent") == nil)
        #expect(FileIdentity(descriptor: -1) == nil)
    }
}
