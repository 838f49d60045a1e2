/// What limits parallelism on this host, the lock, the machine or both: judged by the newest rounds together, since a
/// single one may have met a backup.
package struct ParallelismLimit: Sendable, Equatable {
    /// What a probe gave: medians over the rounds that were looked at.
    package struct Evidence: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var workers: Int
        package var speedup: Float
        package var cpuUtilization: Float
        package var lockWait: Float?

        package var efficiency: Float { speedup / Float(workers) }
        /// How much of the machine the workers got. A starved `single` makes a speedup look better than it is, and does
        /// not touch the utilisation; CPUs that share a core make workers slow, and do not touch it either.
        fileprivate var served: Float { min(efficiency, cpuUtilization) }
    }

    /// The probe without a shared lock that got most of the machine.
    package var free: Evidence
    /// A probe under a lock; nil where there is none.
    package var locked: Evidence?
    /// What disturbed most runs of the free probe.
    package var disturbances: [Disturbance]

    /// Whether not even workers without a lock get the CPUs that they could use.
    package var isMachine: Bool { free.served < Self.plenty }
    /// Whether workers under a lock wait for it.
    package var isLock: Bool { locked?.lockWait.map { $0 >= 1 - Self.plenty } ?? false }

    /// Rounds that are looked at.
    static let rounds = 5
    /// What counts as all of it. Simultaneous multithreading and frequency scaling cost workers that are well served up
    /// to a fifth; of the workers' time under a GIL, a half at the least is waiting.
    static let plenty: Float = 0.75

    /// Nil where there is no measurement of workers that no lock holds back.
    package init?(_ rounds: [RoundRecord]) {
        let newest = rounds.suffix(Self.rounds)
        let series = (newest.last?.runs ?? []).compactMap { Evidence(of: $0, in: newest) }
        guard let free = series.filter({ $0.probe.isFree }).max(by: { $0.served < $1.served }) else { return nil }
        self.free = free
        // An interpreter's own lock says more than the native model of it.
        let locked = series.filter { $0.probe == .gil }
        self.locked = locked.first { $0.runtime != RuntimeSpecification.native.name } ?? locked.first
        let runs = newest.compactMap { $0.run(free.probe, of: free.runtime)?.figures }
        disturbances = Disturbance.allCases.filter { disturbance in
            runs.count { $0.disturbances.contains(disturbance) } * 2 > runs.count
        }
    }
}

extension ParallelismLimit.Evidence {
    /// Nil where no round has a speedup.
    fileprivate init?(of run: RunRecord, in rounds: ArraySlice<RoundRecord>) {
        let figures = rounds.compactMap { $0.run(run.probe, of: run.runtime)?.figures }
        guard let newest = figures.last, let utilization = figures.map(\.cpuUtilization).median else { return nil }
        // A speedup is worth as much as the run of `single` that it is taken from.
        let comparable = rounds.filter { $0.run(.single, of: run.runtime)?.figures?.disturbances.isEmpty ?? false }
        let good = comparable.compactMap { $0.run(run.probe, of: run.runtime)?.figures?.speedup }
        guard let speedup = good.median ?? figures.compactMap(\.speedup).median else { return nil }
        self.init(
            runtime: run.runtime,
            probe: run.probe,
            workers: newest.workers,
            speedup: speedup,
            cpuUtilization: utilization,
            lockWait: figures.compactMap(\.workerTime.lockWait).median
        )
    }
}

extension Probe {
    /// Whether several workers run without a lock that they share.
    fileprivate var isFree: Bool {
        switch self {
        case .lockfree, .multiprocess, .subinterpreter: true
        case .single, .gil: false
        }
    }

    /// How many times as fast as `single` so many workers are where nothing but their lock holds them back.
    package func idealSpeedup(workers: Int) -> Int { isFree ? workers : 1 }
}

extension [Float] {
    /// The upper one of the two in the middle of an even number.
    fileprivate var median: Float? { isEmpty ? nil : sorted()[count / 2] }
}
