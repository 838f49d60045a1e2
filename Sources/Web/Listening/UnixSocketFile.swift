import Glibc
import Linux

/// The file of a unix socket that this process has bound.
struct UnixSocketFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Remembers the file at `path`; nil if it has gone.
    init?(path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the file, unless another process has put its own there meanwhile.
    func remove() {
        guard let present = UnixSocketFile(path: path), present.device == device, present.inode == inode else { return }
        unsafe unlink(path)
    }

    /// Whether nobody answers on the socket file at `path`.
    static func isStale(path: String, name: SocketName) throws(ListenError.Reason) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw .system(SystemError("look at \(path)")) }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notSocketFile }
        // Not blocking: on a full backlog connect(2) would wait, and EAGAIN says as well that somebody listens.
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let client = socket(AF_UNIX, kind, 0)
        guard client >= 0 else { throw .system(SystemError("create socket")) }
        defer { close(client) }
        return unsafe name.withAddress { unsafe connect(client, $0, $1) } != 0 && errno == ECONNREFUSED
    }
}
