import Glibc
import Linux

/// Which file, and which state of it.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: UInt64
    /// An inode number is used again after its file is gone; that the new one has size and time of the old is unlikely.
    let modifiedSeconds: Int
    let modifiedNanoseconds: Int

    /// Nil for whatever is not a regular file.
    init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size >= 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = UInt64(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }

    /// The file at `path`, at the end of all links: stat(2).
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The user that a file or directory belongs to; nil where there is none.
    static func owner(of path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_uid : nil
    }
}
