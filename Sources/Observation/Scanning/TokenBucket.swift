import Linux

/// A token bucket: it fills at a fixed rate up to its capacity, and work takes tokens out of it.
///
/// The level may become negative, because the cost of work is known only afterwards.
struct TokenBucket: Sendable {
    let capacity: Double
    /// Tokens per second.
    let rate: Double
    private(set) var level: Double
    private var filledAt: UInt64?

    /// Makes a full bucket.
    init(capacity: Double, rate: Double) {
        self.capacity = capacity
        self.rate = rate
        level = capacity
    }

    /// Adds the tokens of `seconds`.
    mutating func fill(seconds: Double) { level = min(capacity, level + seconds * rate) }

    /// Adds the tokens of the time since the last call.
    ///
    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func fill(at now: UInt64) {
        fill(seconds: .seconds(nanoseconds: now - min(filledAt ?? now, now)))
        filledAt = now
    }

    mutating func take(_ tokens: Double) { level -= tokens }

    /// Forgives what the level is below minus `debt`.
    mutating func limitDebt(to debt: Double) { level = max(level, -debt) }
}
