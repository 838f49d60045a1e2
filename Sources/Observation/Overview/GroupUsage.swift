/// What the processes of a group did within a time. All values but the length are seconds of processes or threads, summed.
package struct GroupUsage: Sendable, Equatable {
    /// The length of the time, in seconds.
    package var seconds: Double
    /// The time for which processes were sampled. Without any, nothing is known of their locks.
    package var observed = 0.0
    /// The part of it in which the processes used their locks.
    package var active = 0.0
    package var held = 0.0
    /// Nil if the C library hides waiting threads.
    package var wait: Double?
    /// The part of ``wait`` in which the holder had no CPU, at least.
    package var stalledWait: Double?
    /// The part of ``held`` in long holds.
    package var longHeld: Double?
    /// Nil if it is unknown, as before the second scan.
    package var cpu: Double?
    /// Nil if the kernel does not count it.
    package var runQueue: Double?
    package var switches = 0.0

    package init(seconds: Double) { self.seconds = seconds }

    static func += (sum: inout GroupUsage, other: GroupUsage) {
        sum.seconds += other.seconds
        sum.observed += other.observed
        sum.active += other.active
        sum.held += other.held
        sum.wait = add(sum.wait, other.wait)
        sum.stalledWait = add(sum.stalledWait, other.stalledWait)
        sum.longHeld = add(sum.longHeld, other.longHeld)
        sum.cpu = add(sum.cpu, other.cpu)
        sum.runQueue = add(sum.runQueue, other.runQueue)
        sum.switches += other.switches
    }

    private static func add(_ one: Double?, _ other: Double?) -> Double? {
        guard let one, let other else { return one ?? other }
        return one + other
    }
}

extension GroupUsage {
    /// Locks that were held, on average.
    package var heldRatio: Double { held / seconds }
    /// Threads that waited for a lock, on average.
    package var waitRatio: Double? { wait.map { $0 / seconds } }
    /// Those of them whose holder had no CPU.
    package var stalledWaitRatio: Double? {
        guard let wait, let stalledWait else { return nil }
        return min(stalledWait, wait) / seconds
    }
    /// Locks that were in a long hold, on average.
    package var longHeldRatio: Double? { longHeld.map { $0 / seconds } }
    /// CPUs that the group would use without its lock, at most: a waiting thread may need the lock only for a moment.
    package var demandRatio: Double? { waitRatio.map { heldRatio + $0 } }
    /// CPUs that the group used.
    package var cpuRatio: Double? { cpu.map { $0 / seconds } }
    /// Threads that could run but had no CPU, on average.
    package var runQueueRatio: Double? { runQueue.map { $0 / seconds } }
    package var switchesPerSecond: Double { switches / seconds }
    /// The share of time for which a process that used its lock held it; nil if none did.
    package var heldRatioPerProcess: Double? { active > 0 ? held / active : nil }
}
