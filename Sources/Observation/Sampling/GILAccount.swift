import Linux

/// What one lock did since it was first read. Differences, so it does not matter what its counters had reached before:
/// a process inherits them from the one that forked it.
struct GILAccount: Sendable {
    /// Of the lock.
    let address: UInt64
    private(set) var total = Total()
    private var newest: GILState
    private var readAt: UInt64

    struct Total: Sendable, Equatable {
        var held = Duration.zero
        /// Of all waiting threads together. Ten thousand of them wait 292 years in ten days, more than 64 bits of
        /// nanoseconds; a duration has 128.
        var wait = Duration.zero
        var switches: UInt64 = 0
        var waits: UInt64 = 0
        var forcedHandoffs: UInt64 = 0

        static func += (sum: inout Total, other: Total) {
            sum.held += other.held
            sum.wait += other.wait
            sum.switches &+= other.switches
            sum.waits &+= other.waits
            sum.forcedHandoffs &+= other.forcedHandoffs
        }
    }

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``, read after the state.
    init(of address: UInt64, _ state: GILState, at now: UInt64) {
        self.address = address
        newest = state
        readAt = now
    }

    /// Counts what happened from the last state to this one. The time between is given to what is seen now: samples
    /// come at random moments, so this is right on average whatever the process does.
    ///
    /// - Parameter isGap: whether the time between is too long to be given to anything.
    mutating func add(_ state: GILState, at now: UInt64, isGap: Bool = false) {
        let elapsed = now - min(readAt, now)
        if !isGap {
            let time = Duration.nanoseconds(Int64(clamping: elapsed))
            if state.isHeld { total.held += time }
            if let waiting = state.contenders?.waitingThreads, waiting > 0 { total.wait += time * waiting }
        }
        let most = Self.mostEvents(in: elapsed)
        total.switches &+= Self.difference(state.switches, newest.switches, atMost: most)
        if let contenders = state.contenders, let before = newest.contenders {
            total.waits &+= Self.difference(contenders.waits, before.waits, atMost: most)
        }
        if let droppers = state.droppers, let before = newest.droppers {
            total.forcedHandoffs &+= Self.difference(droppers.waits, before.waits, atMost: most)
        }
        newest = state
        readAt = now
    }

    /// A counter that went back, or further than it can, belongs to another life of the lock (after fork(2), execve(2)
    /// or a restart of the interpreter), or was read half old and half new: the difference says nothing.
    private static func difference(_ now: UInt64, _ before: UInt64, atMost most: UInt64) -> UInt64 {
        let difference = now &- before
        return difference <= most ? difference : 0
    }

    /// Each event takes two system calls of a futex at least, or two locks of a mutex if nobody waits: tens of
    /// nanoseconds. The constant is for those that fall between a reading and its time.
    private static func mostEvents(in nanoseconds: UInt64) -> UInt64 { nanoseconds / 50 + 1000 }
}
