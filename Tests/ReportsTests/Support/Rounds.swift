@testable import Probing

/// Realistic rounds.
enum Rounds {
    /// Two runtimes. The second one has a failed probe and a disturbed one.
    static let mixed: Round = {
        let runs = [
            run(measurement("native", .lockfree, duration: 125_000_000, lockWait: 0)),
            run(
                measurement(
                    "python3",
                    .gil,
                    duration: 252_000_000,
                    lockWait: 126_000_000,
                    disturbances: [.steal, .affinity]
                )
            ),
            run(measurement("native", .single, duration: 250_000_000, lockWait: 0)),
            run(measurement("python3", .single, duration: 252_000_000, lockWait: nil)),
            Round.Run(
                runtime: "python3",
                probe: .multiprocess,
                outcome: .failure(WorkerFailure(.crash, "the worker died of signal 11", standardError: "no luck"))
            ),
        ]
        return Round(number: 0, runs: runs, cpuSeconds: 1.5, finished: 1_795_461_305.25)
    }()

    private static func run(_ measurement: Measurement) -> Round.Run {
        Round.Run(runtime: measurement.runtime, probe: measurement.probe, outcome: .success(measurement))
    }

    private static func measurement(
        _ runtime: String,
        _ probe: Probe,
        duration: UInt64,
        lockWait: UInt64?,
        disturbances: Set<Disturbance> = []
    ) -> Measurement {
        let runQueue = duration / 25
        let ledger = TimeLedger(
            iterations: 1000,
            wall: duration,
            user: duration - (lockWait ?? 0) - runQueue,
            system: 0,
            runQueue: lockWait == nil ? nil : runQueue,
            lockWait: lockWait,
            voluntarySwitches: 1,
            involuntarySwitches: 2
        )
        return Measurement(
            runtime: runtime,
            probe: probe,
            setup: 2_000_000,
            duration: duration,
            ledgers: Array(repeating: ledger, count: probe.workers(2)),
            lock: nil,
            disturbances: disturbances,
            finished: 1_795_461_305
        )
    }
}
