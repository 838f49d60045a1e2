import CLinux
package import Glibc

/// The address of a unix socket: a path, or a name in the abstract namespace, unix(7).
package struct UnixSocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The longest path, in bytes: sun_path has 108, the last of which is a NUL.
    package static let maxPathBytes = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// The path; an abstract name as people write it, after "@".
    package let description: String
    /// What is put into sun_path. A path ends with a NUL, an abstract name begins with one.
    private let bytes: [UInt8]

    package init(path: String) throws(SystemError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SystemError("name a socket \"\(path)\"", code: EINVAL)
        }
        guard path.utf8.count <= Self.maxPathBytes else {
            throw SystemError("name a socket \(path)", code: ENAMETOOLONG)
        }
        description = path
        bytes = path.utf8 + [0]
    }

    package init(abstractName name: String) throws(SystemError) {
        guard name.utf8.count <= Self.maxPathBytes else {
            throw SystemError("name a socket @\(name)", code: ENAMETOOLONG)
        }
        description = "@\(name)"
        bytes = [0] + name.utf8
    }

    private var isAbstract: Bool { bytes.first == 0 }

    /// The address as bind(2), connect(2) and sendto(2) take it.
    package func withSockaddr<Result, Failure: Error>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = (MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + bytes.count
        return unsafe try withUnsafePointer(to: &name) { name throws(Failure) in
            unsafe try name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name throws(Failure) in
                unsafe try body(name, socklen_t(length))
            }
        }
    }

    /// A socket without a name.
    package static func makeSocket(
        _ type: __socket_type = SOCK_STREAM,
        nonblocking: Bool = false
    ) throws(SystemError) -> OwnedDescriptor {
        let flags = type.rawValue | SOCK_CLOEXEC.rawValue | (nonblocking ? SOCK_NONBLOCK.rawValue : 0)
        let descriptor = socket(AF_UNIX, CInt(flags), 0)
        guard descriptor >= 0 else { throw SystemError("create a unix socket") }
        return OwnedDescriptor(adopting: descriptor)
    }

    package func connect(_ socket: borrowing OwnedDescriptor) throws(SystemError) {
        let descriptor = socket.number
        guard unsafe withSockaddr({ unsafe Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw SystemError("connect")
        }
    }

    /// Gives `socket` this name: ``SocketFile/bind(_:to:_:mode:operation:)``.
    package func bind(
        _ socket: borrowing OwnedDescriptor,
        mode: UInt32?,
        operation: String = "bind"
    ) throws(SystemError) {
        let descriptor = socket.number
        try unsafe withSockaddr { address, size throws(SystemError) in
            unsafe try SocketFile.bind(descriptor, to: address, size, mode: mode, operation: operation)
        }
    }

    /// What ``removeStaleFile()`` found.
    package enum StaleFileRemoval: Sendable, Equatable {
        case removed
        /// A process listens on the socket.
        case inUse
        /// A file of another kind, which refuses connections just as a stale socket does.
        case notSocket
    }

    /// Removes the socket file if no process listens on it any more: it outlives its socket, and bind(2) never replaces
    /// a file.
    package func removeStaleFile() throws(SystemError) -> StaleFileRemoval {
        guard !isAbstract else { return .notSocket }
        let entry = DirectoryEntry(path: description)
        guard let found = entry.identity else { throw SystemError("look at \(self)") }
        guard found.kind == .socket else { return .notSocket }
        guard try isStale else { return .inUse }
        // The file that was checked is the file that is removed.
        guard let present = entry.identity, present.isSameFile(as: found), entry.remove() else {
            throw SystemError("remove stale \(self)")
        }
        return .removed
    }

    /// Whether no process listens here.
    private var isStale: Bool {
        get throws(SystemError) {
            // On a full queue connect(2) would wait. Without blocking it fails with EAGAIN, and that queue has an
            // owner.
            let client = try Self.makeSocket(nonblocking: true)
            do throws(SystemError) {
                try connect(client)
                return false
            } catch {
                return error.code == ECONNREFUSED
            }
        }
    }
}

/// The file of a socket that this process has bound.
package struct BoundSocketFile: Sendable {
    private let path: String
    private let identity: FileIdentity

    /// Remembers the file at `path`. Nil if it has gone.
    package init?(path: String) {
        guard let identity = DirectoryEntry(path: path).identity else { return nil }
        self.path = path
        self.identity = identity
    }

    /// Removes the file, unless another one has taken its place.
    package func remove() {
        let entry = DirectoryEntry(path: path)
        guard let present = entry.identity, present.isSameFile(as: identity) else { return }
        entry.remove()
    }
}

/// The file that bind(2) makes for a unix socket, and its permissions: unix(7).
///
/// Anybody who may write to its directory can put a link in its place at any moment. A mode or group that is set by
/// path would then be set on the target of the link. So both are set on a descriptor, which cannot be replaced.
package enum SocketFile {
    /// Gives `descriptor`, a socket without a name, the name in `address`.
    ///
    /// - Parameters:
    ///   - mode: permission bits of the file. Nil: as the umask leaves them.
    ///   - operation: the text of the error.
    package static func bind(
        _ descriptor: CInt,
        to address: UnsafePointer<sockaddr>?,
        _ size: socklen_t,
        mode: UInt32?,
        operation: String = "bind"
    ) throws(SystemError) {
        guard let mode else {
            guard unsafe Glibc.bind(descriptor, address, size) == 0 else { throw SystemError(operation) }
            return
        }
        // The socket's mode, less the umask, becomes the file's: net/unix/af_unix.c, unix_bind_bsd.
        guard fchmod(descriptor, mode) == 0 else { throw SystemError("set the mode of the socket") }
        // The umask is the whole process's, but only for one system call, and no other thread makes files that last.
        let before = umask(0)
        defer { umask(before) }
        guard unsafe Glibc.bind(descriptor, address, size) == 0 else { throw SystemError(operation) }
    }

    /// Gives the socket file at `path` to a group, unless another file has taken its place.
    package static func give(_ path: String, toGroup group: UInt32) throws(SystemError) {
        // A descriptor of the file itself, also where that is a link: open(2).
        let number = unsafe clinux_open_path(path)
        guard number >= 0 else { throw SystemError("find \(path)") }
        let file = OwnedDescriptor(adopting: number)
        guard let found = FileIdentity(file) else { throw SystemError("look at \(path)") }
        guard found.kind == .socket, found.owner == geteuid() else {
            throw SystemError("give \(path) to a group, as another file has taken its place", code: EEXIST)
        }
        guard clinux_chown_file(number, group) == 0 else { throw SystemError("give \(path) to group \(group)") }
    }
}

/// A name in a directory that is held open: the entry that is looked at and the one that is removed are in the same
/// directory, even if the path to it changes meanwhile.
package struct DirectoryEntry: ~Copyable {
    /// -1 where there is no such directory, and so no such entry either.
    private let directory: CInt
    private let name: String

    package init(path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            name = path
            directory = unsafe clinux_open_path(".")
            return
        }
        name = String(path[path.index(after: slash)...])
        directory = unsafe clinux_open_path(slash == path.startIndex ? "/" : String(path[..<slash]) + "/")
    }

    deinit { if directory >= 0 { close(directory) } }

    /// Of the entry itself, also where it is a link. Nil, with errno, where there is none.
    package var identity: FileIdentity? { status.map(FileIdentity.init) }

    package var status: stat? {
        var status = stat()
        return unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// - Returns: whether the entry is gone; if not, errno has the reason.
    @discardableResult
    package func remove() -> Bool { unsafe unlinkat(directory, name, 0) == 0 }
}

extension OwnedDescriptor {
    /// Limits how long a call on this socket may wait: SO_SNDTIMEO (also for connect(2) to a full queue, unix(7)) and
    /// SO_RCVTIMEO, socket(7).
    package borrowing func limitWaits(to limit: Duration) {
        var limit = timeval(limit)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            unsafe setsockopt(number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }
}
