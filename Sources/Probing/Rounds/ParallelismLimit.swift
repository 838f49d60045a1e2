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
        /// Disturbances of most runs; where all were disturbed and none of these is in most, all that were seen.
        package var disturbances: [Disturbance]
        /// Whether all runs were disturbed. Nothing follows from them: they show other load, not what limits workers.
        package var isDisturbed: Bool

        package var efficiency: Double { speedup / Double(workers) }
        /// The share of the host that the workers got. A starved `single` makes a speedup look better than it is, but
        /// does not change the utilization; CPUs that share a core make workers slow, and do not change it either.
        fileprivate var served: Double { min(efficiency, cpuUtilization) }
    }

    /// The probe without a shared lock that got most of the host.
    package var free: Evidence
    /// A probe whose workers share a lock; nil where there is none.
    package var locked: Evidence?
    /// Of the free probe.
    package var disturbances: [Disturbance] { free.disturbances }

    /// Whether even workers without a shared lock do not get the CPUs that they could use; nil if all of their runs were
    /// disturbed.
    package var isHostLimited: Bool? { free.isDisturbed ? nil : free.served < Self.plenty }
    /// Whether workers that share a lock wait for it; nil if all of their runs were disturbed.
    package var isLockLimited: Bool? {
        guard let locked else { return false }
        return locked.isDisturbed ? nil : locked.lockWait.map { $0 >= 1 - Self.plenty } ?? false
    }

    /// The number of newest rounds that count.
    static let rounds = 5
    /// The share that counts as all. Simultaneous multithreading and frequency scaling cost workers that get all the CPU
    /// they want up to a fifth; workers under a GIL wait for at least half of their time.
    static let plenty = 0.75

    /// Nil where no round has a measurement of workers without a shared lock.
    package init?(_ rounds: [Round]) {
        let newest = rounds.suffix(Self.rounds)
        let series = (newest.last?.runs ?? []).compactMap { Evidence(of: $0, in: newest) }
        let parallel = series.filter(\.probe.isParallel)
        guard let free = Self.undisturbed(parallel).max(by: { $0.served < $1.served }) else { return nil }
        self.free = free
        // An interpreter's own lock is better evidence than the native model of it.
        let locked = Self.undisturbed(series.filter(\.probe.sharesLock))
        self.locked = locked.first { $0.runtime != RuntimeConfiguration.native.name } ?? locked.first
    }

    /// The evidence from undisturbed runs, if there is any; otherwise all.
    private static func undisturbed(_ all: [Evidence]) -> [Evidence] {
        let good = all.filter { !$0.isDisturbed }
        return good.isEmpty ? all : good
    }
}

extension ParallelismLimit.Evidence {
    /// A run with the speedup and the disturbances that count for it.
    private struct Result {
        var measurement: Measurement
        var speedup: Double?
        /// Of the run, and of the run of the reference probe that the speedup is relative to: a starved reference makes
        /// workers look fast.
        var disturbances: Set<Disturbance>
    }

    /// From the undisturbed runs, if there are any. Nil where no round has a speedup.
    fileprivate init?(of run: Round.Run, in rounds: ArraySlice<Round>) {
        let all = rounds.compactMap { round -> Result? in
            let run = round.run(run.probe, of: run.runtime)
            guard let run, let measurement = run.measurement else { return nil }
            let reference = round.runs.first { $0.probe.isReference && $0.runtime == run.runtime }?.measurement
            return Result(
                measurement: measurement,
                speedup: run.speedup,
                disturbances: measurement.disturbances.union(reference?.disturbances ?? [])
            )
        }
        let good = all.filter { $0.disturbances.isEmpty && $0.speedup != nil }
        let best = good.isEmpty ? all : good
        guard let newest = best.last?.measurement,
            let utilization = best.map(\.measurement.cpuUtilization).median,
            let speedup = best.compactMap(\.speedup).median
        else { return nil }
        self.init(
            runtime: run.runtime,
            probe: run.probe,
            workers: newest.workers,
            speedup: speedup,
            cpuUtilization: utilization,
            lockWait: best.compactMap(\.measurement.ledger.lockWaitRatio).median,
            disturbances: Self.disturbances(of: all, isDisturbed: good.isEmpty),
            isDisturbed: good.isEmpty
        )
    }

    private static func disturbances(of results: [Result], isDisturbed: Bool) -> [Disturbance] {
        let counts = Disturbance.allCases.map { disturbance in
            (disturbance, results.count { $0.disturbances.contains(disturbance) })
        }
        let most = counts.filter { $0.1 * 2 > results.count }
        return (most.isEmpty && isDisturbed ? counts.filter { $0.1 > 0 } : most).map(\.0)
    }
}

extension [Double] {
    /// The upper of the two in the middle where their number is even.
    fileprivate var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}
