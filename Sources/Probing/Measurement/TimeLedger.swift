/// How wall time was spent, in nanoseconds: the CPU, the run queue, the lock and the rest add up to the wall time.
package struct TimeLedger: Sendable, Equatable {
    /// Decrements done meanwhile.
    package var iterations: UInt64
    package var wall: UInt64
    package var user: UInt64
    package var system: UInt64
    /// Runnable, but no CPU; nil where it cannot be observed.
    package var runQueue: UInt64?
    /// Waiting for the lock; nil where it cannot be observed.
    package var lockWait: UInt64?
    package var voluntarySwitches: UInt64?
    package var involuntarySwitches: UInt64?

    package var cpu: UInt64 { user + system }

    /// What none of the parts explains; nil where one of them is unknown.
    package var rest: UInt64? {
        guard let runQueue, let lockWait else { return nil }
        let explained = cpu + runQueue + lockWait
        return wall > explained ? wall - explained : 0
    }

    /// Both together; what one of them does not know, the sum does not know.
    package static func + (one: TimeLedger, other: TimeLedger) -> TimeLedger {
        TimeLedger(
            iterations: one.iterations + other.iterations,
            wall: one.wall + other.wall,
            user: one.user + other.user,
            system: one.system + other.system,
            runQueue: sum(one.runQueue, other.runQueue),
            lockWait: sum(one.lockWait, other.lockWait),
            voluntarySwitches: sum(one.voluntarySwitches, other.voluntarySwitches),
            involuntarySwitches: sum(one.involuntarySwitches, other.involuntarySwitches)
        )
    }

    private static func sum(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        guard let one, let other else { return nil }
        return one + other
    }
}
