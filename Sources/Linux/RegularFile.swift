import Glibc

/// Whole files that people write: configurations, certificates, keys.
///
/// Their paths come from flags and from other files, and whoever may write to the directory decides what they lead to. A
/// FIFO would keep its reader for ever, a device may do anything when it is opened, and some files have no end.
package enum RegularFile {
    /// The content of the file at `path`. Symbolic links are followed: that is how a Secret of Kubernetes is mounted.
    package static func read(_ path: String, atMost limit: Int) throws(UnreadableFile) -> [UInt8] {
        // Before it is opened, because opening a device can have effects of its own; and after, because the file may be
        // another by then.
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .system(SystemError("open")) }
        try check(status)
        // Without blocking: a FIFO that nobody writes to would not let open(2) return, nor would a file with a lease
        // (fcntl(2), "Leases"), and regular files of /proc such as kmsg would wait for more.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .system(SystemError("open")) }
        defer { close(descriptor) }
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(SystemError("fstat")) }
        try check(status)

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            // Up to one byte beyond the limit, which is enough to know.
            let wanted = min(chunk.count, limit + 1 - bytes.count)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, wanted) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError("read"))
            }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }

    private static func check(_ status: stat) throws(UnreadableFile) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .otherKind("a directory")
        case S_IFIFO: throw .otherKind("a pipe or FIFO")
        case S_IFCHR, S_IFBLK: throw .otherKind("a device")
        case S_IFSOCK: throw .otherKind("a socket")
        default: throw .otherKind("something else")
        }
    }
}

/// Why a file cannot be read. The path is left to whoever reports it.
package enum UnreadableFile: Error, Equatable, CustomStringConvertible {
    case system(SystemError)
    /// With its article: "a device".
    case otherKind(String)
    /// In bytes.
    case tooLarge(limit: Int)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .otherKind(let kind): "is \(kind), not a regular file: write the text to a file, and give its path"
        case .tooLarge(let limit): "larger than \(limit) bytes: is this the right file?"
        }
    }
}
