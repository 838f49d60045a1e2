import Linux

/// The totals of one or more locks.
package struct LockTotals: Sendable, Equatable {
    /// Time that a thread held a lock: sampled.
    package var held = Duration.zero
    /// Time that threads waited for a lock, summed over threads: sampled. Ten thousand threads wait 292 years in ten days,
    /// which exceeds 64 bits of nanoseconds; a duration has 128 bits.
    package var wait = Duration.zero
    /// The square of the number of waiting threads, integrated over time in seconds. The error of ``wait`` is
    /// computed from it.
    package var squaredWait = 0.0
    /// Changes of holder: exact.
    package var switches: UInt64 = 0
    /// Timed waits begun: exact. A thread that wants the lock waits for one switch interval at most, again and again.
    package var timedWaits: UInt64 = 0
    /// Waits that ended, each with its thread taking the lock: estimated.
    package var waitsEnded: UInt64 = 0
    /// Times that a holder had to wait until another thread took over: exact.
    package var forcedHandoffs: UInt64 = 0
    /// Holds that lasted long while other threads waited: see ``LongHolds``.
    package var longHolds: UInt64 = 0
    /// Time of long holds, which is part of the held time.
    package var longHeld = Duration.zero

    static func += (sum: inout LockTotals, other: LockTotals) {
        sum.held += other.held
        sum.wait += other.wait
        sum.squaredWait += other.squaredWait
        sum.switches &+= other.switches
        sum.timedWaits &+= other.timedWaits
        sum.waitsEnded &+= other.waitsEnded
        sum.forcedHandoffs &+= other.forcedHandoffs
        sum.longHolds &+= other.longHolds
        sum.longHeld += other.longHeld
    }
}

/// Adds up what one lock does since it was first read. The lock's own counters may begin at any value, because a process
/// inherits them from the one that forked it: only differences count.
struct GILAccount: Sendable {
    /// The address of the lock.
    let address: UInt64
    private(set) var total = LockTotals()
    private(set) var recent = RecentUse()
    private var longHolds = LongHolds()
    private var newest: GILState
    private var endedWaits = EndedWaits()
    private var readAt: UInt64

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``, read after the state.
    init(of address: UInt64, _ state: GILState, at now: UInt64) {
        self.address = address
        newest = state
        readAt = now
    }

    /// Whether the newest state was read at that time.
    func isUpToDate(at now: UInt64) -> Bool { readAt == now }

    /// Whether a thread that others wait for has held the lock since an earlier sample.
    func continuesHold(_ state: GILState) -> Bool { longHolds.isContinued(by: state) }

    /// Whether the lock has changed hands since the previous state.
    func hasMoved(to state: GILState) -> Bool { state.switches != newest.switches }

    /// Adds the difference from the previous state to this one. The time that the sample stands for counts for the new state:
    /// samples are taken at random moments, so this is right on average whatever the process does.
    ///
    /// - Parameters:
    ///   - elapsed: nanoseconds that the sample stands for. Less than since the previous state if this program was stopped.
    ///   - isGap: whether they are too many to count for anything.
    ///   - holder: the thread that holds the lock, if ``continuesHold(_:)``; nil if nothing is known of it.
    /// - Returns: what was added.
    @discardableResult
    mutating func add(
        _ state: GILState,
        _ elapsed: UInt64,
        at now: UInt64,
        isGap: Bool = false,
        holder: ThreadProgress? = nil
    ) -> LockCost {
        var cost = LockCost()
        if !isGap {
            let time = Duration.nanoseconds(Int64(clamping: elapsed))
            if state.isHeld { total.held += time }
            let waiting = max(0, state.contenders?.waitingThreads ?? 0)
            if waiting > 0 {
                total.wait += time * waiting
                total.squaredWait += Double(elapsed) / 1e9 * Double(waiting) * Double(waiting)
            }
            if state.isHeld { cost.held = elapsed }
            cost.wait = elapsed.multipliedReportingOverflow(by: UInt64(waiting)).partialValue
            recent.add(elapsed, isHeld: state.isHeld, waiting: waiting)
            let long = longHolds.add(state, elapsed, at: now, holder: holder)
            total.longHolds += long.holds
            total.longHeld += .nanoseconds(Int64(clamping: long.nanoseconds))
            cost.longHeld = long.nanoseconds
        } else {
            longHolds.interrupt()
        }
        let maxEvents = Self.maxEvents(in: now - min(readAt, now))
        let switches = Self.difference(state.switches, newest.switches, max: maxEvents)
        total.switches &+= switches
        if let contenders = state.contenders, let before = newest.contenders {
            let begun = Self.difference(contenders.waits, before.waits, max: maxEvents)
            total.timedWaits &+= begun
            var handoffs: UInt64 = 0
            if let droppers = state.droppers, let before = newest.droppers {
                handoffs = Self.difference(droppers.waits, before.waits, max: maxEvents)
            }
            total.forcedHandoffs &+= handoffs
            let ended = Int(clamping: begun) + before.waitingThreads - contenders.waitingThreads
            let interval = 1000 * Double(state.switchInterval)
            cost.waits = endedWaits.add(
                timedWaits: max(0, ended),
                switches: switches,
                handoffs: handoffs,
                waiting: contenders.waitingThreads,
                waited: isGap ? 0 : Double(elapsed) * Double(contenders.waitingThreads) / interval
            )
            total.waitsEnded &+= cost.waits
        }
        newest = state
        readAt = now
        return cost
    }

    /// The difference of two readings of a counter. A counter that went back, or further than possible, belongs to another
    /// life of the lock (after fork(2), execve(2) or a restart of the interpreter) or was read while it was written: 0.
    private static func difference(_ now: UInt64, _ before: UInt64, max: UInt64) -> UInt64 {
        let difference = now &- before
        return difference <= max ? difference : 0
    }

    /// Each event takes at least two futex system calls, or two locks of a mutex if no thread waits: tens of nanoseconds.
    /// The constant covers events between a reading and its time.
    private static func maxEvents(in nanoseconds: UInt64) -> UInt64 { nanoseconds / 50 + 1000 }
}

extension ProcessObservation.Recent {
    /// The use of the lock that most threads hold or want; nil if there is none.
    init?(ofBusiest accounts: [GILAccount], hidesWaiters: Bool) {
        let peak = accounts.reduce(0) { max($0, $1.recent.held) }
        let locks = accounts.lazy.map { account in
            Self(held: account.recent.held, waiting: hidesWaiters ? nil : account.recent.waiting, peak: peak)
        }
        guard let busiest = locks.max(by: { $0.demand < $1.demand }) else { return nil }
        self = busiest
    }
}
