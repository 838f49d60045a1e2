/// What probes have cost lately, and when that is paid for: nothing new may start before.
struct CPUAccount: Sendable, Equatable {
    /// On the monotonic clock.
    private var since: UInt64 = 0
    /// Of CPU, used since then.
    private var seconds: Double = 0

    /// Adds what a run used that began at `start`. What was paid for by then is forgotten: saving up is not possible.
    mutating func charge(_ cpuSeconds: Double, at start: UInt64, budget: Double) {
        if paidFor(budget: budget) <= start { (since, seconds) = (start, 0) }
        seconds += cpuSeconds
    }

    /// When all of it keeps the budget, a share of one CPU.
    func paidFor(budget: Double) -> UInt64 {
        since + UInt64(max(0, seconds / budget) * 1e9)
    }
}
