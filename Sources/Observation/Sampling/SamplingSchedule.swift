/// When the sampling thread wakes up, and for what: a pass through the processes that are sampled at the full rate, a look
/// at those that rest, or another attempt to read one that could not be read.
///
/// Times are nanoseconds of ``KernelClock/monotonic()``.
struct SamplingSchedule: Sendable {
    /// What there is to sample.
    struct Outlook: Sendable {
        /// Whether processes are sampled at the full rate.
        var isPaced = false
        /// Whether some rest.
        var isResting = false
        /// When one that could not be read is tried again; the maximum if there is none.
        var nextAttempt = UInt64.max

        /// Whether there is anything to wake up for.
        var isAwake: Bool { isPaced || isResting || nextAttempt < .max }
    }

    /// What is due when the thread has woken up.
    struct Turn: Sendable {
        let begin: UInt64
        /// Whether the processes at the full rate are sampled.
        let isPass: Bool
        /// Whether those that rest are read, as far as they are due.
        let areRestsRead: Bool
        /// Whether the thread had no CPU when the pass was due.
        let isLate: Bool
        /// The time from the previous pass to this one; nil if this is no pass, or the first, or if nothing was sampled in
        /// between.
        let sincePass: UInt64?
    }

    /// When to wake up; nil if there is nothing to sample.
    private(set) var deadline: UInt64?
    private var nextPass: UInt64 = 0
    private var nextRests: UInt64 = 0
    private var lastPass: UInt64?

    /// A greater delay is not due to timers: the thread had no CPU.
    private static let lateness: UInt64 = 1_000_000
    /// The shortest sleep, so that a thread with priority over all others does not keep a CPU.
    private static let minPause: UInt64 = 50_000
    /// The longest pause between passes before those that rest are read: together, because a wake-up costs as much as ten
    /// readings, and often enough for the shortest stretches.
    private static let restInterval: UInt64 = 500_000_000
    /// The time between wake-ups while no process is sampled at the full rate.
    private static let idleInterval: UInt64 = 50_000_000

    /// Moves a pass that fell due during a search: it is late because of the search, not for want of a CPU.
    mutating func postponePass(until now: UInt64) { nextPass = max(nextPass, now) }

    /// What is due now. Not every wake-up is a pass: otherwise the start of another program, which wakes the thread up, would
    /// decide when a process is read.
    mutating func begin(at now: UInt64) -> Turn {
        let isPass = now >= nextPass
        let previous = deadline == nil || !isPass ? nil : lastPass
        if isPass { lastPass = now }
        return Turn(
            begin: now,
            isPass: isPass,
            areRestsRead: isPass || now >= nextRests,
            isLate: previous != nil && now > nextPass + Self.lateness,
            sincePass: previous.map { now - $0 }
        )
    }

    /// Ends a turn, and decides when the next one begins.
    ///
    /// - Parameters:
    ///   - pause: nanoseconds from one pass to the next.
    ///   - retryPause: nanoseconds until another attempt at the earliest.
    mutating func end(_ turn: Turn, at now: UInt64, _ outlook: Outlook, pause: UInt64, retryPause: UInt64) {
        if turn.isPass {
            // Counted from when this pass was due, not from now: otherwise its duration would lower the rate.
            let due = deadline == nil ? now : nextPass
            nextPass = outlook.isPaced ? due + pause : now + Self.idleInterval
        } else if !outlook.isPaced {
            nextPass = min(nextPass, now + Self.idleInterval)
        }
        let earliest = now + Self.minPause
        nextPass = max(nextPass, earliest)
        if turn.areRestsRead { nextRests = now + (outlook.isPaced ? Self.restInterval : Self.idleInterval) }
        let attempt = max(outlook.nextAttempt, now + retryPause)
        let next = min(nextPass, outlook.isResting ? nextRests : .max, attempt)
        deadline = outlook.isAwake ? max(earliest, next) : nil
    }
}
