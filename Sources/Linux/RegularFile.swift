import Glibc

/// Whole files that people write: configurations, certificates, keys.
///
/// Their paths come from flags and from other files, and anybody who may write to the directory decides what they lead
/// to. A FIFO would block its reader for ever, opening a device can have effects, and some files have no end.
package enum RegularFile {
    /// The content of the file at `path`. It follows symbolic links, through which Kubernetes mounts a Secret.
    package static func read(_ path: String, atMost limit: Int) throws(UnreadableFile) -> [UInt8] {
        // Check it before opening, because opening a device can have effects, and after opening, because it may be
        // another file by then.
        guard let before = FileIdentity(path: path) else { throw .system(SystemError("open")) }
        try check(before)
        // Non-blocking: open(2) would wait for a writer of a FIFO, or for the holder of a lease (fcntl(2), "Leases"),
        // and read(2) of regular files of /proc such as kmsg would wait for more.
        guard let file = OwnedDescriptor(at: path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else {
            throw .system(SystemError("open"))
        }
        guard let identity = FileIdentity(file) else { throw .system(SystemError("fstat")) }
        try check(identity)

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            // One byte beyond the limit is enough to detect a larger file.
            let wanted = min(chunk.count, limit + 1 - bytes.count)
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe file.read(into: buffer.baseAddress, count: wanted)
            }
            guard count >= 0 else { throw .system(SystemError("read")) }
            if count == 0 {
                // Shorter than a moment ago: somebody writes it anew. Its beginning, or nothing, may be valid, too.
                guard UInt64(bytes.count) >= identity.size else { throw .truncated }
                return bytes
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }

    private static func check(_ file: FileIdentity) throws(UnreadableFile) {
        switch file.kind {
        case .regular: break
        case .directory: throw .otherKind("a directory")
        case .fifo: throw .otherKind("a pipe or FIFO")
        case .device: throw .otherKind("a device")
        case .socket: throw .otherKind("a socket")
        case .symbolicLink, .other: throw .otherKind("something else")
        }
    }
}

/// Why a file cannot be read. The caller adds the path.
package enum UnreadableFile: Error, Equatable, CustomStringConvertible {
    case system(SystemError)
    /// With its article: "a device".
    case otherKind(String)
    /// The file became shorter while it was read.
    case truncated
    /// In bytes.
    case tooLarge(limit: Int)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .otherKind(let kind): "is \(kind), not a regular file: write the text to a file, and give its path"
        case .truncated: "is shorter than a moment ago, as if it were being written: write a new file, and rename it"
        case .tooLarge(let limit): "larger than \(limit) bytes: is this the right file?"
        }
    }
}
