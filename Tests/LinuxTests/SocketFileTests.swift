import Glibc
import Linux
import TestSupport
import Testing

@Suite("The file of a socket")
struct SocketFileTests {
    /// In a process of its own, as the umask is that of all tests.
    @Test("has its mode from the moment that it has a name, whatever the umask is")
    func mode() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.file("s")
            umask(0o077)
            let socket = try boundSocket(path, mode: 0o666)
            defer { close(socket) }
            #expect(status(path)?.st_mode == S_IFSOCK | 0o666)
            #expect(umask(0) == 0o077)
        }
    }

    @Test("is given to a group")
    func group() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let socket = try boundSocket(path, mode: nil)
        defer { close(socket) }
        // Only root may give it to one that it is not in: chown(2).
        let group = geteuid() == 0 ? 12_345 : getegid()
        try SocketFile.give(path, toGroup: group)
        #expect(status(path)?.st_gid == group)
    }

    @Test("is not looked for behind a link that has taken its place")
    func link() throws {
        let folder = try TemporaryFolder()
        let victim = try folder.write("secret", to: "victim")
        let before = status(victim)?.st_gid
        let link = folder.file("s")
        _ = unsafe symlink("victim", link)
        #expect(throws: SystemError.self) { try SocketFile.give(link, toGroup: 12_345) }
        #expect(status(victim)?.st_gid == before)
    }
}

@Suite("A name in a directory")
struct DirectoryEntryTests {
    @Test("is the link and not what it leads to")
    func link() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("text", to: "file")
        let link = folder.file("link")
        #expect(unsafe symlink("file", link) == 0)
        let entry = DirectoryEntry(path: link)
        let kind = entry.status.map { $0.st_mode & S_IFMT }
        #expect(kind == S_IFLNK)
        let isRemoved = entry.remove()
        #expect(isRemoved)
        #expect(unsafe access(link, F_OK) != 0)
        #expect(unsafe access(file, F_OK) == 0)
    }

    @Test("stays in its directory when another takes the path")
    func replacedDirectory() throws {
        let folder = try TemporaryFolder()
        let (a, b) = (try folder.write("a", to: "a/s"), try folder.write("b", to: "b/s"))
        let (directory, before) = (folder.file("a"), folder.file("before"))
        let entry = DirectoryEntry(path: a)
        #expect(unsafe rename(directory, before) == 0)
        #expect(unsafe symlink("b", directory) == 0)
        let isRemoved = entry.remove()
        #expect(isRemoved)
        #expect(unsafe access(b, F_OK) == 0)
        #expect(unsafe access("\(before)/s", F_OK) != 0)
    }

    @Test("is not there where the directory is not")
    func missing() {
        let entry = DirectoryEntry(path: "/nowhere/s")
        let (isThere, isRemoved) = (entry.status != nil, entry.remove())
        #expect(!isThere)
        #expect(!isRemoved)
    }
}

private func status(_ path: String) -> stat? {
    let entry = DirectoryEntry(path: path)
    return entry.status
}

private func boundSocket(_ path: String, mode: UInt32?) throws -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    try unsafe withUnsafePointer(to: &name) { name in
        try unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
            try unsafe SocketFile.bind(descriptor, to: name, socklen_t(MemoryLayout<sockaddr_un>.size), mode: mode)
        }
    }
    return descriptor
}
