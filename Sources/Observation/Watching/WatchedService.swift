/// The sum of several watched processes: those of a service, or all.
package struct WatchedService: Sendable, Equatable {
    package let name: String
    /// The number of processes, those that cannot be observed included.
    package let processes: Int
    /// Those whose numbers are unknown.
    package let unobserved: Int
    package let saturated: Int

    /// Sums over the processes that have the value; nil if none has.
    package let held: Double?
    package let wait: Double?
    package let heldOnCPU: Double?
    package let stalledWait: Double?
    package let waitingThreads: Double?
    package let switches: Double?
    package let cpuRatio: Double?
    package let runQueueRatio: Double?
    /// The share of time that the busiest process held its lock.
    package let busiest: Double?

    package init(_ name: String, _ processes: [WatchedProcess]) {
        func sum(_ value: (WatchedProcess) -> Double?) -> Double? {
            let values = processes.compactMap(value)
            return values.isEmpty ? nil : values.reduce(0, +)
        }
        self.name = name
        self.processes = processes.count
        unobserved = processes.count(where: { $0.held == nil })
        saturated = processes.count(where: \.isSaturated)
        held = sum(\.held)
        wait = sum(\.wait)
        heldOnCPU = sum(\.heldOnCPU)
        stalledWait = sum(\.stalledWait)
        waitingThreads = sum(\.waitingThreads)
        switches = sum(\.switches)
        cpuRatio = sum(\.cpuRatio)
        runQueueRatio = sum(\.runQueueRatio)
        busiest = processes.compactMap(\.held).max()
    }

    /// The services of the processes that have one, in the order in which they first occur.
    package static func all(of processes: [WatchedProcess]) -> [WatchedService] {
        var names: [String] = []
        var members: [String: [WatchedProcess]] = [:]
        for process in processes {
            guard let service = process.service else { continue }
            if members[service] == nil { names.append(service) }
            members[service, default: []].append(process)
        }
        return names.map { WatchedService($0, members[$0] ?? []) }
    }
}

extension WatchedProcess {
    /// The share of time above which a lock has no room for more, as in `gil_processes_saturated`.
    private static let saturation = 0.9

    /// Whether the lock is held almost all the time; of several interpreters, all of their locks.
    package var isSaturated: Bool {
        guard case .success(let activity) = activity, let held else { return false }
        return held > Self.saturation * Double(max(1, activity.observation.interpreters))
    }

    package var held: Double? { rate(of: .held) }
    package var wait: Double? { rate(of: .wait) }
    /// The part of ``held`` in which the holder had a CPU.
    package var heldOnCPU: Double? { rate(of: .heldOnCPU) }
    /// The part of ``wait`` in which the holder had no CPU.
    package var stalledWait: Double? { rate(of: .stalledWait) }
    package var switches: Double? { rate(of: .switches) }

    package var waitingThreads: Double? {
        guard case .success(let activity) = activity else { return nil }
        return ObservedMetric.waitingThreads.value(of: activity.observation)
    }

    private func rate(of metric: ObservedMetric) -> Double? {
        guard case .success(let activity) = activity else { return nil }
        return activity.rate(of: metric)
    }
}
