/// How much of the held and of the waiting time depends on whether the holder had a CPU.
package struct HolderShares: Sendable, Equatable {
    /// Of the held time, the share in which the holder had a CPU, at most; nil if none was held.
    var onCPU: Double?
    /// Of the waiting time, the share in which the holder had no CPU, at least; nil if no thread waited.
    var stalledWait: Double?

    init(from earlier: ProcessObservation, to later: ProcessObservation) {
        let (before, now) = (earlier.holders, later.holders)
        onCPU = Self.share(now.onCPU - before.onCPU, of: later.locks.held - earlier.locks.held)
        stalledWait = Self.share(now.stalledWait - before.stalledWait, of: later.locks.wait - earlier.locks.wait)
    }

    /// Applies a limit that is known at once: no holder has a CPU for longer than its process. ``HolderTotals`` allow for
    /// the chance of sampling, which takes the first seconds of a process.
    ///
    /// - Parameters:
    ///   - cpu: CPUs that the process used, in the time in which it held its locks for `held` of each second.
    ///   - samples: taken in that time.
    mutating func limit(toCPU cpu: Double, held: Double, samples: UInt64) {
        // Two standard deviations of a share that so many samples have found.
        let error = 2 * (max(0, held * (1 - held)) / Double(max(1, samples))).squareRoot()
        guard held > error else { return }
        let share = cpu / (held - error)
        guard share < 1 else { return }
        onCPU = min(onCPU ?? 1, share)
        stalledWait = max(stalledWait ?? 0, 1 - share)
    }

    private static func share(_ part: Duration, of whole: Duration) -> Double? {
        whole > .zero ? min(1, max(0, part / whole)) : nil
    }
}

/// The shares of a process in the last seconds.
///
/// ``HolderTotals`` are brought up to date once a second, so two looks may have no such moment between them, or two. Shares
/// are therefore taken between looks that follow such a moment, and over several of them.
struct RecentHolderShares {
    /// Observed time from the start to the newest look, at least, and half of it at most.
    private static let window: Duration = .seconds(4)
    /// After this time without a change there was none to see: the process does not hold its lock, or its holder sleeps.
    private static let patience: Duration = .seconds(2)

    private var start: ProcessObservation
    /// The next start.
    private var next: ProcessObservation
    private var newest: ProcessObservation

    init(_ first: ProcessObservation) { (start, next, newest) = (first, first, first) }

    mutating func add(_ look: ProcessObservation) {
        guard look.holders != newest.holders || look.observed - newest.observed > Self.patience else { return }
        newest = look
        guard newest.observed - next.observed >= Self.window else { return }
        (start, next) = (next, newest)
    }

    var shares: HolderShares { HolderShares(from: start, to: newest) }
}
