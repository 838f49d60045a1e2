/// What limits parallelism on this host: the lock, the host, or both. It is derived from the newest rounds together,
/// since a single one may have coincided with a backup.
package struct ParallelismLimit: Sendable, Equatable {
    /// The results of one probe: medians over the newest rounds.
    package struct Evidence: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var workers: Int
        package var speedup: Double
        package var cpuUtilization: Double
        package var lockWait: Double?

        package var efficiency: Double { speedup / Double(workers) }
        /// The share of the host that the workers got. A starved `single` makes a speedup look better than it is, but
        /// does not change the utilization; CPUs that share a core make workers slow, and do not change it either.
        fileprivate var served: Double { min(efficiency, cpuUtilization) }
    }

    /// The probe without a shared lock that got most of the host.
    package var free: Evidence
    /// A probe whose workers share a lock; nil where there is none.
    package var locked: Evidence?
    /// Disturbances of most runs of the free probe.
    package var disturbances: [Disturbance]

    /// Whether even workers without a shared lock do not get the CPUs that they could use.
    package var isHostLimited: Bool { free.served < Self.plenty }
    /// Whether workers that share a lock wait for it.
    package var isLockLimited: Bool { locked?.lockWait.map { $0 >= 1 - Self.plenty } ?? false }

    /// The number of newest rounds that count.
    static let rounds = 5
    /// The share that counts as all. Simultaneous multithreading and frequency scaling cost workers that get all the CPU
    /// they want up to a fifth; workers under a GIL wait for at least half of their time.
    static let plenty = 0.75

    /// Nil where no round has a measurement of workers without a shared lock.
    package init?(_ rounds: [Round]) {
        let newest = rounds.suffix(Self.rounds)
        let series = (newest.last?.runs ?? []).compactMap { Evidence(of: $0, in: newest) }
        guard let free = series.filter(\.probe.isParallel).max(by: { $0.served < $1.served }) else { return nil }
        self.free = free
        // An interpreter's own lock is better evidence than the native model of it.
        let locked = series.filter(\.probe.sharesLock)
        self.locked = locked.first { $0.runtime != RuntimeConfiguration.native.name } ?? locked.first
        let runs = newest.compactMap { $0.run(free.probe, of: free.runtime)?.measurement }
        disturbances = Disturbance.allCases.filter { disturbance in
            runs.count { $0.disturbances.contains(disturbance) } * 2 > runs.count
        }
    }
}

extension ParallelismLimit.Evidence {
    /// Nil where no round has a speedup.
    fileprivate init?(of run: Round.Run, in rounds: ArraySlice<Round>) {
        let runs = rounds.compactMap { $0.run(run.probe, of: run.runtime) }
        let measurements = runs.compactMap(\.measurement)
        guard let newest = measurements.last, let utilization = measurements.map(\.cpuUtilization).median else {
            return nil
        }
        // A speedup is only as good as the run of the reference probe that it is relative to.
        let comparable = rounds.filter { round in
            round.runs.contains { reference in
                reference.probe.isReference && reference.runtime == run.runtime
                    && reference.measurement?.disturbances.isEmpty == true
            }
        }
        let good = comparable.compactMap { $0.run(run.probe, of: run.runtime)?.speedup }
        guard let speedup = good.median ?? runs.compactMap(\.speedup).median else { return nil }
        self.init(
            runtime: run.runtime,
            probe: run.probe,
            workers: newest.workers,
            speedup: speedup,
            cpuUtilization: utilization,
            lockWait: measurements.compactMap(\.ledger.lockWaitRatio).median
        )
    }
}

extension [Double] {
    /// The upper of the two in the middle where their number is even.
    fileprivate var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}
