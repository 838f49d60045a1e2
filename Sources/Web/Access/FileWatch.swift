import Glibc

/// Notices that files are not those any more that they were, when asked and not more often than every few seconds.
///
/// Asking is left to requests: a program that nobody talks to does not need to wake up for a certificate, and a mount
/// that an orchestrator replaces by renaming a folder is seen as well, which inotify(7) on the file would not.
struct FileWatch: Sendable {
    /// Nanoseconds between two looks.
    private static let pause: UInt64 = 3_000_000_000

    /// What is different when a file was written or replaced.
    private struct Stamp: Equatable {
        let device: dev_t
        let inode: ino_t
        let size: off_t
        let seconds: Int
        let nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private let paths: [String]
    private var stamps: [Stamp?]
    private var next: UInt64

    init(_ paths: [String], now: UInt64) {
        self.paths = paths
        stamps = paths.map(Stamp.init)
        next = now + Self.pause
    }

    /// Whether a file has changed since the last look. Each change is told once.
    mutating func hasChanged(now: UInt64) -> Bool {
        guard !paths.isEmpty, now >= next else { return false }
        next = now + Self.pause
        let present = paths.map(Stamp.init)
        defer { stamps = present }
        return present != stamps
    }
}
