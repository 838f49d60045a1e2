import Linux

/// Detects changed files. Polled on demand, at most every three seconds.
///
/// Requests do the polling, so an idle exporter does not wake up for a certificate. Unlike inotify(7) on the file, polling
/// also detects a mount that an orchestrator replaces by renaming a folder. Looking is apart from asking, because stat(2)
/// blocks on a file of an NFS server that does not answer.
struct FileWatch: Sendable {
    /// Nanoseconds between two looks.
    private static let pause: UInt64 = 3_000_000_000

    private let paths: [String]
    private var files: [FileIdentity?]
    private var next: UInt64
    private var isLooking = false

    /// - Parameter files: what was at the paths when they were read.
    init(_ paths: [String], _ files: [FileIdentity?], now: UInt64) {
        (self.paths, self.files) = (paths, files)
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

    /// Whether a file has changed since the last look that has ended.
    func isNews(_ seen: [FileIdentity?]) -> Bool { seen != files }

    /// Ends a look.
    ///
    /// - Parameter seen: nil if the files were changing.
    /// - Returns: whether a file has changed since the last look. Each change is reported once.
    mutating func endLook(_ seen: [FileIdentity?]?, now: UInt64) -> Bool {
        next = now + Self.pause
        isLooking = false
        guard let seen else { return false }
        defer { files = seen }
        return isNews(seen)
    }
}
