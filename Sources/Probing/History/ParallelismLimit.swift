/// What limits parallelism on this host, the lock or the machine: judged by the newest rounds together, since a single
/// one may have met a backup.
package enum ParallelismLimit: Sendable, Equatable {
    /// There is no measurement of workers that no lock holds back.
    case unknown
    /// Not even workers without a lock get the CPUs that they could use.
    case machine(Evidence, causes: [Disturbance])
    /// The machine gives them what they can use, and those under a lock wait for it.
    case lock(free: Evidence, locked: Evidence)
    /// The machine gives them what they can use, and no probe is under a lock.
    case nothing(Evidence)

    /// What a probe gave: medians over the rounds that were looked at.
    package struct Evidence: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var workers: Int
        package var speedup: Float
        package var lockWait: Float?
        package var runQueue: Float?

        package var efficiency: Float { speedup / Float(workers) }
    }

    /// Rounds that are looked at.
    static let rounds = 5
    /// Efficiency below which the machine is what limits. Simultaneous multithreading and frequency scaling cost
    /// workers that are well served up to a fifth.
    static let servedEfficiency: Float = 0.75

    package init(_ rounds: [RoundRecord]) {
        let newest = rounds.suffix(Self.rounds)
        let series = (newest.last?.runs ?? []).compactMap { Evidence(of: $0, in: newest) }
        guard let free = series.filter({ $0.probe.isFree }).max(by: { $0.efficiency < $1.efficiency }) else {
            self = .unknown
            return
        }
        guard free.efficiency >= Self.servedEfficiency else {
            let runs = newest.compactMap { $0.run(free.probe, of: free.runtime)?.figures }
            let causes = Disturbance.allCases.filter { cause in
                runs.count { $0.disturbances.contains(cause) } * 2 > runs.count
            }
            self = .machine(free, causes: causes)
            return
        }
        // An interpreter's own lock says more than the native model of it.
        let locked = series.filter { $0.probe == .gil }
        if let one = locked.first(where: { $0.runtime != RuntimeSpecification.native.name }) ?? locked.first {
            self = .lock(free: free, locked: one)
        } else {
            self = .nothing(free)
        }
    }
}

extension ParallelismLimit.Evidence {
    /// Nil where no round has a speedup.
    fileprivate init?(of run: RunRecord, in rounds: ArraySlice<RoundRecord>) {
        let figures = rounds.compactMap { $0.run(run.probe, of: run.runtime)?.figures }
        guard let newest = figures.last, let speedup = figures.compactMap(\.speedup).median else { return nil }
        self.init(
            runtime: run.runtime,
            probe: run.probe,
            workers: newest.workers,
            speedup: speedup,
            lockWait: figures.compactMap(\.workerTime.lockWait).median,
            runQueue: figures.compactMap(\.workerTime.runQueue).median
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
