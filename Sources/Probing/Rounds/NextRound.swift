import Linux

/// When the next round starts, and whether the CPU budget delays it.
package struct NextRound: Sendable, Equatable {
    /// Time from the start of the last round to the start of the next.
    package var interval: Duration
    /// Whether the interval is longer than configured, to keep the CPU budget.
    package var isStretched: Bool

    /// - Parameters:
    ///   - cpuSeconds: CPU that the workers of the last round used.
    ///   - luck: from -1 to 1, the position of this interval within the jitter.
    package init(after cpuSeconds: Double, settings: ProbingSettings, luck: Double) {
        let wanted = settings.interval.seconds * (1 + settings.jitter * luck)
        // A round is paid for in full before the next one starts, so no average over whole rounds exceeds the budget.
        let affordable = cpuSeconds / settings.cpuBudget
        isStretched = affordable > settings.interval.seconds * (1 + settings.jitter)
        interval = .seconds(max(wanted, affordable))
    }

    /// The same round, not before probes on demand are paid for too. Both times are on the monotonic clock.
    func delayed(until paidFor: UInt64, since started: UInt64) -> NextRound {
        // A difference below a millisecond is only rounding.
        guard paidFor > started + UInt64(max(0, interval.nanoseconds)) + 1_000_000 else { return self }
        var later = self
        later.interval = .nanoseconds(Int64(clamping: paidFor - started))
        later.isStretched = true
        return later
    }
}

/// The recent cost of probes, and the time at which the CPU budget has paid for it: no probe may start before.
struct CPUAccount: Sendable, Equatable {
    /// On the monotonic clock.
    private var since: UInt64 = 0
    /// CPU used since then.
    private var seconds: Double = 0

    /// Adds the cost of a run that began at `start`. Costs that are paid for by then are dropped: a budget that was not
    /// used cannot be saved up.
    mutating func charge(_ cpuSeconds: Double, at start: UInt64, budget: Double) {
        if paidFor(budget: budget) <= start { (since, seconds) = (start, 0) }
        seconds += cpuSeconds
    }

    /// When all of the cost keeps the budget, a share of one CPU.
    func paidFor(budget: Double) -> UInt64 {
        since + UInt64(max(0, seconds / budget) * 1e9)
    }
}
