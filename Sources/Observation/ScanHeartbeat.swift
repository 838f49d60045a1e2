import Linux

/// When a scan has ended last, for who watches over the thread that scans.
struct ScanHeartbeat: Sendable {
    /// A scan takes less, whatever does not answer: what is given up is limited in number, and each in time.
    private static let longestScan: Duration = .seconds(60)

    private let patience: Duration
    private var newest: UInt64

    /// - Parameters:
    ///   - interval: between scans, as configured.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    init(interval: Duration, now: UInt64) {
        patience = max(interval, ScanPace.longestStretch) + Self.longestScan
        newest = now
    }

    mutating func beat(now: UInt64) { newest = now }

    /// How long ago the last scan has ended, if that is too long.
    func overdue(now: UInt64) -> Duration? {
        let age = Duration.nanoseconds(Int64(clamping: now - min(newest, now)))
        return age > patience ? age : nil
    }
}
