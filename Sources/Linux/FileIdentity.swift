package import Glibc

/// Which file, and which state of it: stat(2), inode(7).
///
/// The kernel gives the inode number of a removed file to a new one. That the new file also has the size and the times
/// of the old one is unlikely.
package struct FileIdentity: Sendable, Hashable {
    package enum Kind: Sendable {
        case regular, directory, fifo, device, socket, symbolicLink, other
    }

    package let device: UInt64
    package let inode: UInt64
    package let kind: Kind
    package let size: UInt64
    /// When the content was last written, in nanoseconds since 1970.
    package let modified: Int64
    /// When the content, the owner, the mode or the number of names was last changed.
    package let changed: Int64
    /// The user that the file belongs to.
    package let owner: UInt32

    package init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .fifo
            case S_IFCHR, S_IFBLK: .device
            case S_IFSOCK: .socket
            case S_IFLNK: .symbolicLink
            default: .other
            }
        size = UInt64(clamping: status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        owner = status.st_uid
    }

    /// The file at `path`, behind all links. Nil, with errno, where there is none.
    package init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The file at `path`, behind all links. Nil unless it is a regular one.
    package init?(regularFileAt path: String) {
        self.init(path: path)
        guard kind == .regular else { return nil }
    }

    /// The file that is open as `descriptor`: fstat(2). Nil, with errno, where that is closed.
    package init?(descriptor: CInt) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    package init?(_ descriptor: borrowing OwnedDescriptor) { self.init(descriptor: descriptor.number) }

    /// Whether both are the same file, in whatever state.
    package func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

    /// Times beyond the year 2262 wrap around, which does not matter, because they are only compared.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
