/// What is kept of a round.
package struct RoundRecord: Sendable, Equatable {
    /// Rounds before this one.
    package var number: Int
    /// Seconds since 1970.
    package var finished: Double
    /// Seconds of CPU that its workers used.
    package var cpuSeconds: Float
    package var runs: [RunRecord]

    init(_ round: Round, finished: Double) {
        number = round.number
        self.finished = finished
        cpuSeconds = Float(round.cpuSeconds)
        runs = round.runs.map { run in
            let outcome: RunRecord.Outcome =
                switch run.outcome {
                case .success(let measurement):
                    .measured(RunFigures(measurement, speedup: round.speedup(of: measurement)))
                case .failure(let failure): .failed(failure.reason)
                }
            return RunRecord(runtime: run.runtime, probe: run.probe, outcome: outcome)
        }
    }

    package func run(_ probe: Probe, of runtime: String) -> RunRecord? {
        runs.first { $0.probe == probe && $0.runtime == runtime }
    }
}
