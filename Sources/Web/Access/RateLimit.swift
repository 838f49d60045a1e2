import Linux

/// How many requests are answered: one an interval, and a burst of some at once after a rest.
package struct RateLimit: Sendable, Equatable {
    package var interval: Duration
    package var burst: Int

    package init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
    }
}

/// The tokens of a rate limit: each request takes one, and one comes back every interval.
struct TokenBucket: Sendable {
    let limit: RateLimit
    private var tokens: Double
    private var counted: UInt64

    /// - Parameter now: nanoseconds of the monotonic clock.
    init(_ limit: RateLimit, now: UInt64) {
        self.limit = limit
        tokens = Double(limit.burst)
        counted = now
    }

    /// Whether there is a token, which is then gone.
    mutating func take(now: UInt64) -> Bool {
        let elapsed = Double(now - counted) / Double(limit.interval.nanoseconds)
        tokens = min(Double(limit.burst), tokens + elapsed)
        counted = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
