@testable import Observation

extension LockProfile {
    /// Four functions that make others wait, and one that does not.
    static let example: LockProfile = {
        var profile = LockProfile()
        for (name, wait) in [("work<1>", 60), ("parse", 25), ("cheap", 5), ("quiet", 0)] {
            let function = PythonFunction(name: name, file: "/srv/<a>.py", line: 4)
            let cost = LockCost(held: 10_000_000_000, wait: UInt64(wait) * 1_000_000_000)
            profile.holders.merge(StackProfile(stack: [function], cost))
        }
        profile.holders.merge(StackProfile(stack: [.unknown], LockCost(wait: 10_000_000_000)))
        return profile
    }()
}

extension ObservedGroup {
    /// A group that did the same for a minute.
    ///
    /// - Parameters:
    ///   - wait: nil if the C library hides it.
    ///   - stalled: the part of it for a holder without a CPU.
    ///   - longHeld: the part of the held time in long holds.
    ///   - busiest: of the busiest process; nil: the same as the group's.
    static func steady(
        _ name: String = "shop",
        processes: Int = 1,
        held: Double,
        wait: Double?,
        stalled: Double = 0,
        longHeld: Double = 0,
        cpu: Double?,
        runQueue: Double? = 0,
        saturated: Int = 0,
        busiest: ProcessObservation.Recent? = nil
    ) -> ObservedGroup {
        var group = ObservedGroup(name: name)
        let version = PythonVersion(major: 3, minor: 11, micro: 2)
        group.processes = [Kind(version: version, build: .gil, isGILEnabled: true): processes]
        group.saturated = saturated
        group.busiest = busiest ?? ProcessObservation.Recent(held: min(held, 1), waiting: wait)
        var usage = GroupUsage(seconds: 60)
        (usage.observed, usage.active) = (60 * Double(processes), 60 * Double(processes))
        (usage.held, usage.wait, usage.cpu) = (60 * held, wait.map { 60 * $0 }, cpu.map { 60 * $0 })
        usage.stalledWait = wait.map { _ in 60 * stalled }
        usage.longHeld = wait.map { _ in 60 * longHeld }
        (usage.runQueue, usage.switches) = (runQueue.map { 60 * $0 }, 6000)
        group.history = GroupHistory.Record(lastMinute: usage, slots: [usage])
        return group
    }

    /// Threads of one process that always want the lock.
    static let bound = steady("bound", held: 1, wait: 2.3, cpu: 1, runQueue: 0.05, saturated: 1)

    static let idle = steady("idle", held: 0.001, wait: 0, cpu: 0.001)

    static func denied(_ name: String, _ reason: UnobservableReason = .permission, processes: Int = 2) -> ObservedGroup
    {
        var group = ObservedGroup(name: name)
        group.unobservable = [reason: processes]
        return group
    }
}
