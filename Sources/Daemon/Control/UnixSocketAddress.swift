import Glibc
import Linux

/// The name of a unix stream socket in the file system: unix(7).
struct UnixSocketAddress: Sendable, CustomStringConvertible {
    let path: String
    private let bytes: [UInt8]

    var description: String { path }

    init(path: String) throws(SystemError) {
        self.path = path
        bytes = Array(path.utf8)
        // The path and a NUL at its end.
        guard bytes.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw SystemError("name a socket \(path)", code: ENAMETOOLONG)
        }
    }

    func makeSocket(nonblocking: Bool = false) throws(SystemError) -> CInt {
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (nonblocking ? SOCK_NONBLOCK.rawValue : 0)
        let descriptor = socket(AF_UNIX, CInt(flags), 0)
        guard descriptor >= 0 else { throw SystemError("create a unix socket") }
        return descriptor
    }

    /// For bind(2) and connect(2).
    func withPointer<Result, Failure: Error>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe try withUnsafePointer(to: &name) { name throws(Failure) in
            unsafe try name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name throws(Failure) in
                unsafe try body(name, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Removes the file if it is a socket on which nobody listens any more.
    func removeAbandonedFile() {
        let entry = DirectoryEntry(path: path)
        // A file that is no socket refuses connections just the same.
        guard let found = entry.status, found.st_mode & S_IFMT == S_IFSOCK, isAbandoned,
            // What was asked is what is removed.
            let present = entry.status, present.st_dev == found.st_dev, present.st_ino == found.st_ino
        else { return }
        entry.remove()
    }

    private var isAbandoned: Bool {
        // Not blocking: on a full queue connect(2) would wait, and there is somebody whose queue it is.
        guard let client = try? makeSocket(nonblocking: true) else { return false }
        defer { close(client) }
        return unsafe withPointer { unsafe connect(client, $0, $1) } != 0 && errno == ECONNREFUSED
    }

    /// Removes the file, unless another one has taken its place.
    func removeFile(device: dev_t, inode: ino_t) {
        let entry = DirectoryEntry(path: path)
        guard let present = entry.status, present.st_dev == device, present.st_ino == inode else { return }
        entry.remove()
    }
}
