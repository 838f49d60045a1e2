/// Every supported probe of every runtime, once.
package struct Round: Sendable {
    /// One probe's part of it.
    package struct Run: Sendable {
        package var runtime: String
        package var probe: Probe
        package var outcome: Result<Measurement, WorkerFailure>
    }

    /// Rounds before this one.
    package var number: Int
    package var runs: [Run] = []
    /// Seconds of CPU that the workers used, set-up included.
    package var cpuSeconds: Double = 0

    /// A sentence for each run that gave no measurement.
    package var failures: [String] {
        runs.compactMap { run in
            guard case .failure(let failure) = run.outcome else { return nil }
            return "\(run.runtime) \(run.probe.rawValue): \(failure)"
        }
    }

    /// Seconds of CPU that the workers say that they used while they counted down.
    var reportedCPUSeconds: Double { measurements.reduce(0) { $0 + Double($1.ledger.cpu) / 1e9 } }

    package var measurements: [Measurement] { runs.compactMap { try? $0.outcome.get() } }

    /// Duration of `single` divided by this one's, same runtime, same round; nil where `single` failed, or where what
    /// ran it was another version.
    package func speedup(of measurement: Measurement) -> Double? {
        let single = measurements.first { single in
            guard single.runtime == measurement.runtime && single.probe == .single else { return false }
            guard let one = single.source, let other = measurement.source else { return true }
            return one.isSameProgram(as: other)
        }
        return single.map { Double($0.duration) / Double(measurement.duration) }
    }
}
