import Glibc

/// Detects changed files. Polled on demand, at most every three seconds.
///
/// Requests do the polling, so an idle exporter does not wake up for a certificate. Unlike inotify(7) on the file, polling
/// also detects a mount that an orchestrator replaces by renaming a folder. Looking is apart from asking, because stat(2)
/// blocks on a file of an NFS server that does not answer.
struct FileWatch: Sendable {
    /// Nanoseconds between two looks.
    private static let pause: UInt64 = 3_000_000_000

    /// Differs after a file was written or replaced.
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

    /// Begins a look, which ``endLook(_:now:)`` has to end.
    ///
    /// - Returns: the files to look at; nil if it is too early or another look has not ended.
    mutating func beginLook(now: UInt64) -> [String]? {
        guard !paths.isEmpty, now >= next, !isLooking else { return nil }
        isLooking = true
        return paths
    }

    /// Ends a look.
    ///
    /// - Returns: whether a file has changed since the last look. Each change is reported once.
    mutating func endLook(_ seen: [Stamp?], now: UInt64) -> Bool {
        next = now + Self.pause
        isLooking = false
        defer { stamps = seen }
        return seen != stamps
    }
}
