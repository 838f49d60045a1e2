/// How a worker spent its wall time, in nanoseconds, as its report has it: the CPU, the run queue, the lock and the rest
/// add up to the wall time. The keys are those of Documentation/worker-protocol.md.
package struct TimeLedger: Codable, Sendable, Equatable {
    /// Decrements or pairs done.
    package var iterations: UInt64
    package var wall: UInt64
    package var user: UInt64
    package var system: UInt64
    /// Time runnable without a CPU; nil where the kernel does not count it.
    package var runQueue: UInt64?
    /// Time waiting for the lock; nil where it cannot be observed.
    package var lockWait: UInt64?
    package var voluntarySwitches: UInt64?
    package var involuntarySwitches: UInt64?

    package init(
        iterations: UInt64,
        wall: UInt64,
        user: UInt64,
        system: UInt64,
        runQueue: UInt64? = nil,
        lockWait: UInt64? = nil,
        voluntarySwitches: UInt64? = nil,
        involuntarySwitches: UInt64? = nil
    ) {
        self.iterations = iterations
        self.wall = wall
        self.user = user
        self.system = system
        self.runQueue = runQueue
        self.lockWait = lockWait
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
    }

    enum CodingKeys: String, CodingKey {
        case iterations
        case wall = "wall_ns"
        case user = "user_ns"
        case system = "system_ns"
        case runQueue = "run_queue_ns"
        case lockWait = "lock_wait_ns"
        case voluntarySwitches = "voluntary_switches"
        case involuntarySwitches = "involuntary_switches"
    }

    package var cpu: UInt64 { user + system }

    /// Wall time that no part explains; nil where one of the parts is unknown.
    package var rest: UInt64? {
        guard let runQueue, let lockWait else { return nil }
        let explained = cpu + runQueue + lockWait
        return wall > explained ? wall - explained : 0
    }

    // The parts as shares of the wall time.

    package var cpuRatio: Double { share(cpu) }
    package var lockWaitRatio: Double? { lockWait.map(share) }
    package var runQueueRatio: Double? { runQueue.map(share) }
    package var restRatio: Double? { rest.map(share) }

    private func share(_ part: UInt64) -> Double { Double(part) / Double(max(1, wall)) }

    /// The sum of both. A part that one of them does not know is unknown in the sum.
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

/// Exact counts of the lock that the workers contend for, as far as the runtime can read them.
package struct LockCounts: Codable, Sendable, Equatable {
    /// Times that a worker took the lock.
    package var acquisitions: UInt64?
    /// Times that another worker than the last holder took it.
    package var switches: UInt64?
    /// Waits begun, each at most one switch interval long.
    package var timedWaits: UInt64?
    /// Drops on request after which the holder waited until another worker had the lock.
    package var forcedHandoffs: UInt64?

    package init(
        acquisitions: UInt64? = nil,
        switches: UInt64? = nil,
        timedWaits: UInt64? = nil,
        forcedHandoffs: UInt64? = nil
    ) {
        self.acquisitions = acquisitions
        self.switches = switches
        self.timedWaits = timedWaits
        self.forcedHandoffs = forcedHandoffs
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case acquisitions, switches
        case timedWaits = "timed_waits"
        case forcedHandoffs = "forced_handoffs"
    }
}
