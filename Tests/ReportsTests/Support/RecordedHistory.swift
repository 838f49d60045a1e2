@testable import Probing

/// A realistic history: a round that failed in part, a runtime that did not answer, and a run in progress.
enum RecordedHistory {
    static let contents = contents()

    /// Before the first round.
    static let empty = RoundHistory.Contents()

    /// - Parameter text: replaces each text that a runtime or a worker supplies.
    static func contents(runtime: String = "python3", text: String? = nil) -> RoundHistory.Contents {
        var contents = RoundHistory.Contents()
        let python = RuntimeConfiguration(name: runtime, launch: .program(command: ["python3"]))
        let mute = RuntimeConfiguration(name: "mute", launch: .program(command: ["mute"]))
        let info = RuntimeInfo(
            protocol: 1,
            implementation: text ?? "cpython",
            version: text ?? "3.11.2",
            freeThreaded: false,
            path: text ?? "/usr/bin/python3.11",
            switchIntervalNanoseconds: 5_000_000,
            iterations: 11,
            supported: ["single", "gil", "multiprocess", "refcount", "latency"],
            unsupported: ["lockfree": text ?? "this build has a GIL"]
        )
        let late = WorkerFailure(.timeout, text ?? "late", standardError: text ?? "slow")
        let events: [ProbingEvent] = [
            .described(python, info),
            .undescribed(mute, WorkerFailure(.spawn, "there is no program mute"), after: .milliseconds(250)),
            .planned([(runtime: runtime, info: info), (runtime: "mute", info: nil)]),
            .began(runtime: runtime, probe: .multiprocess, done: 2, total: 3),
            .failed(runtime: runtime, probe: .multiprocess, late),
            .finished(round(runtime, late), next: NextRound(after: 0, settings: ProbingSettings(), luck: 0)),
        ]
        for event in events { contents.record(event, now: 2_000_000_000, time: 1_795_461_305.25) }
        contents.record(.began(runtime: runtime, probe: .gil, done: 1, total: 3), now: 0, time: 0)
        return contents
    }

    private static func round(_ runtime: String, _ failure: WorkerFailure) -> Round {
        let waiting = [ledger(lockWait: 60_000_000), ledger(lockWait: 40_000_000)]
        return Round(
            number: 7,
            runs: [
                run(runtime, .single, [ledger(lockWait: 0)]),
                run(runtime, .gil, waiting, [.steal, .throttled]),
                Round.Run(runtime: runtime, probe: .multiprocess, outcome: .failure(failure)),
                run(runtime, .refcount, waiting, referenceCounts: Rounds.interpreterCounts),
                Round.Run(
                    runtime: runtime,
                    probe: .latency,
                    outcome: .success(Rounds.wakeUps(runtime, .latency, milliseconds: 5.1))
                ),
            ],
            cpuSeconds: 1.5,
            finished: 1_795_461_305.25
        )
    }

    private static func run(
        _ runtime: String,
        _ probe: Probe,
        _ ledgers: [TimeLedger],
        _ disturbances: Set<Disturbance> = [],
        referenceCounts: [ReferenceCountPhase] = []
    ) -> Round.Run {
        let measurement = Measurement(
            runtime: runtime,
            probe: probe,
            setup: 2_000_000,
            duration: 100_000_000,
            ledgers: ledgers,
            lock: nil,
            referenceCounts: referenceCounts,
            disturbances: disturbances,
            finished: 1_795_461_305
        )
        return Round.Run(runtime: runtime, probe: probe, outcome: .success(measurement))
    }

    /// A tenth of a second, of which the time on run queues is unknown.
    private static func ledger(lockWait: UInt64) -> TimeLedger {
        TimeLedger(
            iterations: 5,
            wall: 100_000_000,
            user: 40_000_000,
            system: 10_000_000,
            runQueue: nil,
            lockWait: lockWait,
            voluntarySwitches: 3,
            involuntarySwitches: 4
        )
    }
}
