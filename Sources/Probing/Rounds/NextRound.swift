import Linux

/// When the next round starts, and why then.
package struct NextRound: Sendable, Equatable {
    /// Time from the start of the last round to the start of the next.
    package var interval: Duration
    /// Whether the CPU budget made it longer than was set.
    package var isStretched: Bool

    /// - Parameters:
    ///   - cpuSeconds: what the workers of the last round used.
    ///   - luck: from -1 to 1, where in the jitter this interval falls.
    package init(after cpuSeconds: Double, settings: ProbingSettings, luck: Double) {
        let wanted = settings.interval.seconds * (1 + settings.jitter * luck)
        // A round is paid for in full before the next one starts, so no average of whole rounds exceeds the budget.
        let affordable = cpuSeconds / settings.cpuBudget
        isStretched = affordable > settings.interval.seconds * (1 + settings.jitter)
        interval = .seconds(max(wanted, affordable))
    }

    /// Not before a point in time at which probes on demand are paid for too; both times are on the monotonic clock.
    func delayed(until paidFor: UInt64, since started: UInt64) -> NextRound {
        // Below a millisecond it is the same sum, rounded otherwise.
        guard paidFor > started + UInt64(max(0, interval.nanoseconds)) + 1_000_000 else { return self }
        var later = self
        later.interval = .nanoseconds(Int64(clamping: paidFor - started))
        later.isStretched = true
        return later
    }
}
