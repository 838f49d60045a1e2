@testable import Probing

/// A history as a host might have one: a round that failed in part, a runtime that does not answer, and a run going on.
enum RecordedHistory {
    static let contents: RoundHistory.Contents = {
        var contents = RoundHistory.Contents()
        let python = RuntimeConfiguration(name: "python3", launch: .program(command: ["python3"]))
        let mute = RuntimeConfiguration(name: "mute", launch: .program(command: ["mute"]))
        let events: [ProbingEvent] = [
            .described(python, info),
            .undescribed(mute, WorkerFailure(.spawn, "there is no program mute"), after: .milliseconds(250)),
            .planned([(runtime: "python3", info: info), (runtime: "mute", info: nil)]),
            .began(runtime: "python3", probe: .multiprocess, done: 2, total: 3),
            .failed(runtime: "python3", probe: .multiprocess, WorkerFailure(.timeout, "late", standardError: "slow")),
            .finished(round, next: NextRound(after: 0, settings: ProbingSettings(), luck: 0)),
        ]
        for event in events { contents.record(event, now: 2_000_000_000, time: 1_795_461_305.25) }
        contents.record(.began(runtime: "python3", probe: .gil, done: 1, total: 3), now: 0, time: 0)
        return contents
    }()

    /// Before the first round.
    static let empty = RoundHistory.Contents()

    private static let info = RuntimeInfo(
        protocol: 1,
        implementation: "cpython",
        version: "3.11.2",
        freeThreaded: false,
        path: "/usr/bin/python3.11",
        switchIntervalNanoseconds: 5_000_000,
        iterations: 11,
        supported: ["single", "gil", "multiprocess"],
        unsupported: ["lockfree": "this build has a GIL"]
    )

    private static let round = Round(
        number: 7,
        runs: [
            run(.single, [ledger(lockWait: 0)]),
            run(.gil, [ledger(lockWait: 60_000_000), ledger(lockWait: 40_000_000)], [.steal, .throttled]),
            Round.Run(runtime: "python3", probe: .multiprocess, outcome: .failure(WorkerFailure(.timeout, "late"))),
        ],
        cpuSeconds: 1.5,
        finished: 1_795_461_305.25
    )

    private static func run(
        _ probe: Probe,
        _ ledgers: [TimeLedger],
        _ disturbances: Set<Disturbance> = []
    ) -> Round.Run {
        let measurement = Measurement(
            runtime: "python3",
            probe: probe,
            setup: 2_000_000,
            duration: 100_000_000,
            ledgers: ledgers,
            lock: nil,
            disturbances: disturbances,
            finished: 1_795_461_305
        )
        return Round.Run(runtime: "python3", probe: probe, outcome: .success(measurement))
    }

    /// A tenth of a second. The kernel does not tell how long it waited for a CPU.
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
