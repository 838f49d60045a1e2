import Glibc
import Linux
import TestSupport
import Testing

struct UnixSocketAddressTests {
    @Test func `a client connects by path`() throws {
        let folder = try TemporaryFolder()
        try connectsToListener(UnixSocketAddress(path: folder.file("s")))
    }

    @Test func `a client connects by a name in the abstract namespace`() throws {
        let address = try UnixSocketAddress(abstractName: "gil-exporter-test-\(getpid())")
        #expect(address.description.hasPrefix("@"))
        try connectsToListener(address)
    }

    private func connectsToListener(_ address: UnixSocketAddress) throws {
        let server = try UnixSocketAddress.makeSocket()
        try address.bind(server, mode: nil)
        try #require(listen(server.number, 1) == 0)
        let client = try UnixSocketAddress.makeSocket()
        try address.connect(client)
        withExtendedLifetime(server) {}
    }

    @Test func `an invalid path is refused`() {
        let longest = String(repeating: "x", count: UnixSocketAddress.maxPathBytes)
        #expect(throws: Never.self) { try UnixSocketAddress(path: longest) }
        #expect(throws: SystemError("name a socket \(longest)x", code: ENAMETOOLONG)) {
            try UnixSocketAddress(path: longest + "x")
        }
        #expect(throws: SystemError.self) { try UnixSocketAddress(path: "") }
        #expect(throws: SystemError.self) { try UnixSocketAddress(path: "/run/a\0b") }
    }

    @Test func `a file on whose socket nobody listens is removed`() throws {
        let folder = try TemporaryFolder()
        let address = try UnixSocketAddress(path: folder.file("s"))
        try leaveStaleFile(at: address)
        #expect(try address.removeStaleFile() == .removed)
        #expect(unsafe access(address.description, F_OK) != 0)
    }

    private func leaveStaleFile(at address: UnixSocketAddress) throws {
        let dead = try UnixSocketAddress.makeSocket()
        try address.bind(dead, mode: nil)
    }

    @Test func `a file on whose socket a process listens is left alone`() throws {
        let folder = try TemporaryFolder()
        let address = try UnixSocketAddress(path: folder.file("s"))
        let server = try boundSocket(address.description, mode: nil)
        try #require(listen(server.number, 1) == 0)
        #expect(try address.removeStaleFile() == .inUse)
        #expect(unsafe access(address.description, F_OK) == 0)
        withExtendedLifetime(server) {}
    }

    @Test func `a file of another kind is left alone`() throws {
        let folder = try TemporaryFolder()
        let address = try UnixSocketAddress(path: try folder.write("mine", to: "s"))
        #expect(try address.removeStaleFile() == .notSocket)
        #expect(unsafe access(address.description, F_OK) == 0)
        let missing = try UnixSocketAddress(path: folder.file("missing"))
        #expect(throws: SystemError.self) { try missing.removeStaleFile() }
    }
}

struct BoundSocketFileTests {
    @Test func `a file is removed by the process that made it`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let socket = try boundSocket(path, mode: nil)
        try #require(BoundSocketFile(path: path)).remove()
        #expect(unsafe access(path, F_OK) != 0)
        withExtendedLifetime(socket) {}
    }

    @Test func `a file that has taken its place is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let first = try boundSocket(path, mode: nil)
        let file = try #require(BoundSocketFile(path: path))
        // Moved away and not removed, so that the new file cannot get the old one's inode.
        #expect(unsafe rename(path, folder.file("old")) == 0)
        let second = try boundSocket(path, mode: nil)
        file.remove()
        #expect(unsafe access(path, F_OK) == 0)
        withExtendedLifetime((first.number, second.number)) {}
    }
}

struct SocketFileTests {
    /// In a process of its own, as the umask is that of all tests.
    @Test func `a socket file has its mode from the start, whatever the umask is`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.file("s")
            umask(0o077)
            let socket = try boundSocket(path, mode: 0o666)
            #expect(status(path)?.st_mode == S_IFSOCK | 0o666)
            #expect(umask(0) == 0o077)
            withExtendedLifetime(socket) {}
        }
    }

    @Test func `a socket file is given to a group`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let socket = try boundSocket(path, mode: nil)
        // Only root may give it to one that it is not in: chown(2).
        let group = geteuid() == 0 ? 12_345 : getegid()
        try SocketFile.give(path, toGroup: group)
        #expect(status(path)?.st_gid == group)
        withExtendedLifetime(socket) {}
    }

    @Test func `a link in the place of a socket file is not followed`() throws {
        let folder = try TemporaryFolder()
        let victim = try folder.write("secret", to: "victim")
        let before = status(victim)?.st_gid
        let link = folder.file("s")
        _ = unsafe symlink("victim", link)
        #expect(throws: SystemError.self) { try SocketFile.give(link, toGroup: 12_345) }
        #expect(status(victim)?.st_gid == before)
    }
}

struct DirectoryEntryTests {
    @Test func `an entry is the link and not its target`() throws {
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

    @Test func `an entry stays in its directory when another takes the path`() throws {
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

    @Test func `a missing directory has no entries`() {
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

private func boundSocket(_ path: String, mode: UInt32?) throws -> OwnedDescriptor {
    let socket = try UnixSocketAddress.makeSocket()
    try UnixSocketAddress(path: path).bind(socket, mode: mode)
    return socket
}
