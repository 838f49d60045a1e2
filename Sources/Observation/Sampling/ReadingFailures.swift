import Linux

/// The readings of one process that failed: when to try the next one, and what becomes of the process.
struct ReadingFailures: Sendable {
    /// When a process that was judged may be tried again. Each judgement doubles the pause, up to 16 minutes; after two
    /// hours without one, the pause is short again.
    private struct Sentence: Sendable {
        private var count: UInt64 = 0
        private var last: UInt64 = 0

        private static let first: UInt64 = 60_000_000_000
        private static let maxDoublings: UInt64 = 4
        private static let resetInterval: UInt64 = 7_200_000_000_000

        /// - Parameter isMild: whether the first pause is short, because the cause may have passed.
        mutating func next(at now: UInt64, isMild: Bool) -> UInt64 {
            if now - min(last, now) > Self.resetInterval { count = 0 }
            defer { (count, last) = (count + 1, now) }
            guard isMild else { return Self.first << min(count, Self.maxDoublings) }
            return count == 0 ? ReadingFailures.maxPause : Self.first << min(count - 1, Self.maxDoublings)
        }
    }

    /// The process is not read before: nanoseconds of ``KernelClock/monotonic()``.
    private(set) var nextAttempt: UInt64 = 0
    /// Failures in a row.
    private var count = 0
    /// When a reading was first postponed for lack of CPU time, descriptors or memory.
    private var postponedSince: UInt64?
    private var excesses = Sentence()
    private var contradictions = Sentence()
    /// Contradictions that are forgiven. Threads that come and go are not all seen at one moment. Successes in between do
    /// not count: random memory is possible now and then.
    private var tolerance = TokenBucket(capacity: Double(Self.maxContradictions), rate: 1 / Self.forgetfulness)

    /// Inconsistent reads in a row before the process counts as something other than an interpreter. An interpreter that
    /// starts, ends or creates another is inconsistent for milliseconds.
    private static let maxFailures = 10
    private static let maxContradictions = 3
    /// Seconds after which one contradiction is forgotten.
    private static let forgetfulness = 600.0
    private static let minPause: UInt64 = 10_000_000
    private static let maxPause: UInt64 = 5_000_000_000

    /// Notes that a reading succeeded.
    mutating func end() { (count, postponedSince) = (0, nil) }

    /// Lets the process be read at once, because it runs another program now.
    mutating func forget() { (count, nextAttempt) = (0, 0) }

    /// Notes a failure.
    ///
    /// - Returns: the new state of the process; nil if it has not changed.
    mutating func add(_ error: ReadingError, at now: UInt64) -> TrackedProcess.State? {
        if error != .postponed { (count, postponedSince) = (count + 1, nil) }
        var pause = min(Self.minPause << UInt64(min(count, 9)), Self.maxPause)
        defer { nextAttempt = now + pause }
        switch error {
        case .gone:
            return .ended
        case .noInterpreter:
            pause = min(pause, 1_000_000_000)
            return .starting
        case .inconsistent, .exhausted:
            return count >= Self.maxFailures ? .unobservable(.layout) : nil
        case .impossible:
            tolerance.fill(at: now)
            tolerance.take(1)
            guard tolerance.level < 1 else { return nil }
            pause = contradictions.next(at: now, isMild: true)
            return .unobservable(.impossible)
        case .postponed:
            pause = Self.minPause
            let since = postponedSince ?? now
            postponedSince = since
            return now - min(since, now) > Self.maxPause ? .unobservable(.limit) : nil
        case .unobservable(.limit):
            pause = excesses.next(at: now, isMild: false)
            return .unobservable(.limit)
        case .unobservable(let reason):
            pause = Self.maxPause
            return .unobservable(reason)
        }
    }
}
