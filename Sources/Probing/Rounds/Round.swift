/// One run of every supported probe of every runtime.
package struct Round: Sendable, Equatable {
    /// The run of one probe in a round.
    package struct Run: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var outcome: Result<Measurement, WorkerFailure>
        /// Duration of the reference probe divided by that of this one; nil where either of them gave no measurement, and
        /// for a probe that is not a countdown.
        package fileprivate(set) var speedup: Double?

        package init(runtime: String, probe: Probe, outcome: Result<Measurement, WorkerFailure>) {
            self.runtime = runtime
            self.probe = probe
            self.outcome = outcome
        }

        package var measurement: Measurement? { try? outcome.get() }

        /// Speedup divided by the number of workers.
        package var efficiency: Double? {
            guard let speedup, let measurement else { return nil }
            return speedup / Double(measurement.workers)
        }
    }

    /// The number of rounds before this one.
    package var number: Int
    /// Seconds since 1970.
    package var finished: Double
    /// Seconds of CPU that the workers used, set-up included.
    package var cpuSeconds: Double
    package private(set) var runs: [Run]

    package init(number: Int, runs: [Run], cpuSeconds: Double = 0, finished: Double = 0) {
        self.number = number
        self.finished = finished
        self.cpuSeconds = cpuSeconds
        self.runs = runs
        let measurements = measurements
        for (index, run) in runs.enumerated() {
            self.runs[index].speedup = run.measurement?.speedup(in: measurements)
        }
    }

    package var measurements: [Measurement] { runs.compactMap(\.measurement) }

    /// A sentence for each run without a measurement.
    package var failures: [String] {
        runs.compactMap { run in
            guard case .failure(let failure) = run.outcome else { return nil }
            return "\(run.runtime) \(run.probe.rawValue): \(failure)"
        }
    }

    package func run(_ probe: Probe, of runtime: String) -> Run? {
        runs.first { $0.probe == probe && $0.runtime == runtime }
    }

    /// The same round without its parts of unbounded size, for ``RoundHistory``.
    var condensed: Round {
        var condensed = self
        for index in runs.indices {
            condensed.runs[index].outcome = runs[index].outcome.map(\.condensed).mapError(\.condensed)
        }
        return condensed
    }
}

extension Measurement {
    /// Relative to the reference probe of the same runtime; nil where another version of the runtime ran that.
    fileprivate func speedup(in measurements: [Measurement]) -> Double? {
        guard probe.work == .countdown else { return nil }
        let reference = measurements.first { reference in
            guard reference.runtime == runtime && reference.probe.isReference else { return false }
            guard let one = reference.source, let other = source else { return true }
            return one.isSameProgram(as: other)
        }
        return reference.map { Double($0.duration) / Double(duration) }
    }
}

extension WorkerFailure {
    fileprivate var condensed: WorkerFailure { WorkerFailure(reason, detail) }
}
