@testable import Observation

extension ObservedGroup {
    /// A group that did the same for a minute.
    ///
    /// - Parameters:
    ///   - wait: nil if the C library hides it.
    ///   - stalled: the part of it for a holder without a CPU.
    ///   - busiest: of the busiest process; nil: the same as the group's.
    static func steady(
        _ name: String = "shop",
        processes: Int = 1,
        held: Double,
        wait: Double?,
        stalled: Double = 0,
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
