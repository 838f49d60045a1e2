/// CPU time of a process: proc_pid_stat(5).
package struct CPUTime: Sendable, Equatable {
    package var user = Duration.zero
    package var system = Duration.zero

    var sum: Duration { user + system }

    package init(user: Duration = .zero, system: Duration = .zero) {
        self.user = user
        self.system = system
    }
}

/// Adds up the CPU time of a process while its locks are sampled, so that held time and CPU time are of the same part of
/// its life. The difference would be large for short programs.
struct CPUAccount: Sendable {
    /// The time since the first sample, without pauses.
    private(set) var total = CPUTime()
    /// The time before the first sample; nil until then.
    private(set) var before: CPUTime?
    /// The newest reading of the kernel's counters.
    private var newest = CPUTime()
    private var isCounting = false

    private static let minInterval: UInt64 = 25_000_000
    static let maxInterval: UInt64 = 1_000_000_000

    /// - Parameters:
    ///   - total: the time that an earlier account has counted.
    init(continuing total: CPUTime = CPUTime(), before: CPUTime? = nil) {
        self.total = total
        self.before = before
    }

    /// Nanoseconds until the next reading of a process that was observed for `age` nanoseconds. What a process uses between
    /// the last reading and its end is lost: at most a sixteenth of what was counted, and what it uses in `limit`.
    static func interval(after age: UInt64, atMost limit: UInt64 = maxInterval) -> UInt64 {
        min(max(age / 16, minInterval), limit)
    }

    /// Adds the time since the previous reading.
    ///
    /// The kernel scales both times so that they add up to the exact sum, and one of them may seem to go back
    /// (kernel/sched/cputime.c, cputime_adjust).
    ///
    /// - Parameter share: the part of the time that counts, from 0 to 1.
    mutating func add(_ reading: CPUTime, share: Double = 1) {
        if isCounting {
            let (user, system) = (reading.user - newest.user, reading.system - newest.system)
            // Multiplied, it would be rounded.
            total.user += max(.zero, share < 1 ? user * share : user)
            total.system += max(.zero, share < 1 ? system * share : system)
        }
        newest = CPUTime(user: max(newest.user, reading.user), system: max(newest.system, reading.system))
    }

    /// Counts from the newest reading on.
    mutating func resume() {
        before = before ?? newest
        isCounting = true
    }

    mutating func pause() { isCounting = false }
}

/// A part of the CPU time that is known later than the whole: it never grows by more than the whole grows meanwhile, so
/// that the difference of the two never falls.
struct LimitedTime: Sendable {
    private(set) var total = Duration.zero
    private var limit = Duration.zero

    init(total: Duration = .zero, limit: Duration = .zero) {
        self.total = total
        self.limit = limit
    }

    /// - Parameters:
    ///   - part: the part, as far as it is known.
    ///   - whole: the whole.
    mutating func add(_ part: Duration, within whole: Duration) {
        total += max(.zero, min(part - total, whole - limit))
        limit = max(limit, whole)
    }
}
