import Glibc
import Linux

/// The file of a unix socket that this process has bound.
struct UnixSocketFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Remembers the file at `path`; nil if it has gone.
    init?(path: String) {
        guard let status = DirectoryEntry(path: path).status else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the file, unless another process has put its own there meanwhile.
    func remove() {
        let entry = DirectoryEntry(path: path)
        guard let present = entry.status, present.st_dev == device, present.st_ino == inode else { return }
        entry.remove()
    }

    /// Removes the socket file at `path` if nobody answers on it.
    ///
    /// - Returns: whether it has gone; not if somebody answers.
    static func removeStale(path: String, name: SocketName) throws(ListenError.Reason) -> Bool {
        let entry = DirectoryEntry(path: path)
        guard let found = entry.status else { throw .system(SystemError("look at \(path)")) }
        guard found.st_mode & S_IFMT == S_IFSOCK else { throw .notSocketFile }
        guard try isStale(name) else { return false }
        // What was asked is what is removed.
        guard let present = entry.status, present.st_dev == found.st_dev, present.st_ino == found.st_ino,
            entry.remove()
        else { throw .system(SystemError("remove stale \(path)")) }
        return true
    }

    /// Whether nobody answers on the socket file of this name.
    private static func isStale(_ name: SocketName) throws(ListenError.Reason) -> Bool {
        // Not blocking: on a full backlog connect(2) would wait, and EAGAIN says as well that somebody listens.
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let client = socket(AF_UNIX, kind, 0)
        guard client >= 0 else { throw .system(SystemError("create socket")) }
        defer { close(client) }
        return unsafe name.withAddress { unsafe connect(client, $0, $1) } != 0 && errno == ECONNREFUSED
    }
}
