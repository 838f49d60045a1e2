import Glibc

/// Notices that files are not those any more that they were, when asked and not more often than every few seconds.
///
/// Asking is left to requests: a program that nobody talks to does not need to wake up for a certificate, and a mount
/// that an orchestrator replaces by renaming a folder is seen as well, which inotify(7) on the file would not. Looking is
/// apart from asking, because a file on a server that does not answer keeps whoever looks at it: stat(2) on NFS.
struct FileWatch: Sendable {
    /// Nanoseconds between two looks.
    private static let pause: UInt64 = 3_000_000_000

    /// What is different when a file was written or replaced.
    struct Stamp: Equatable, Sendable {
        private let device: dev_t
        private let inode: ino_t
        private let size: off_t
        private let seconds: Int
        private let nanoseconds: Int

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
    private var isLooking = false

    init(_ paths: [String], now: UInt64) {
        self.paths = paths
        stamps = paths.map(Stamp.init)
        next = now + Self.pause
    }

    /// The files to look at now; nil when it is too early, or when somebody still looks. Each look is to be ended.
    mutating func beginLook(now: UInt64) -> [String]? {
        guard !paths.isEmpty, now >= next, !isLooking else { return nil }
        isLooking = true
        return paths
    }

    /// Whether a file has changed since the last look. Each change is told once.
    mutating func endLook(_ seen: [Stamp?], now: UInt64) -> Bool {
        next = now + Self.pause
        isLooking = false
        defer { stamps = seen }
        return seen != stamps
    }
}
