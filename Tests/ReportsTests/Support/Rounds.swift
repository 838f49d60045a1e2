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

    /// The probes that are no countdowns: natively, and by an interpreter whose `latency` failed.
    static let explaining: Round = {
        var native = measurement("native", .refcount, duration: 100_000_000, lockWait: 0)
        native.referenceCounts = nativeCounts
        var python = measurement("python3", .refcount, duration: 100_000_000, lockWait: 0, disturbances: [.steal])
        python.referenceCounts = interpreterCounts
        let runs = [
            run(python), run(wakeUps("native", .latency, milliseconds: 5.1)), run(native),
            Round.Run(
                runtime: "python3",
                probe: .latency,
                outcome: .failure(WorkerFailure(.timeout, "the worker did not end within 10.0 seconds and was killed"))
            ),
        ]
        return Round(number: 0, runs: runs, cpuSeconds: 1.5, finished: 1_795_461_305.25)
    }()

    static let nativeCounts: [ReferenceCountPhase] =
        phases(.unprotected, shared: (9.1, 14.2), private: (9, 9.1), leaked: 98_000, releasedEarly: 6)
        + phases(.gil, shared: (9.1, 18.2), private: (9.2, 18.4))
        + phases(.objectLock, shared: (37, 150.4), private: (37, 40))
        + phases(.atomic, shared: (27, 70), private: (27, 27))
        + phases(.biased, shared: (8, 30), private: (8.1, 8.1))

    static let interpreterCounts = phases(.interpreter, shared: (38, 76), private: (38, 77))

    /// A million pairs in each phase. Times are nanoseconds for a pair, with one worker and with two; what was lost was
    /// lost by two workers that share an object.
    static func phases(
        _ scheme: ReferenceCountScheme,
        shared: (Double, Double),
        private own: (Double, Double),
        leaked: UInt64 = 0,
        releasedEarly: UInt64 = 0
    ) -> [ReferenceCountPhase] {
        [(ReferenceSharing.shared, shared), (.private, own)].flatMap { sharing, times in
            [(1, times.0), (2, times.1)].map { workers, time in
                let workerTime = UInt64(time * 1e6)
                var phase = ReferenceCountPhase(
                    scheme: scheme,
                    sharing: sharing,
                    workers: workers,
                    pairs: 1_000_000,
                    duration: workerTime / UInt64(workers),
                    workerTime: workerTime
                )
                if sharing == .shared && workers > 1 { (phase.leaked, phase.releasedEarly) = (leaked, releasedEarly) }
                return phase
            }
        }
    }

    /// Wake-ups of one worker beside others, 60 µs late when it is alone.
    static func latency(_ delays: [WakeUpLock: [UInt64]], runQueue: UInt64? = nil) -> Latency? {
        let alone: UInt64 = 60_000
        let phases = WakeUpLock.contended.compactMap { lock in
            delays[lock].map { delays in
                LatencyPhase(
                    lock: lock,
                    workers: 2,
                    duration: 400_000_000,
                    delays: delays.map { $0 + alone },
                    runQueue: runQueue
                )
            }
        }
        let lonely = LatencyPhase(lock: .alone, workers: 1, duration: 50_000_000, delays: [alone], runQueue: nil)
        return Latency([lonely] + phases)
    }

    /// Most delays under the shared lock have this length.
    static func wakeUps(
        _ runtime: String,
        _ probe: Probe,
        milliseconds: Double,
        disturbances: Set<Disturbance> = []
    ) -> Measurement {
        let usual = UInt64(milliseconds * 1e6)
        let delays: [WakeUpLock: [UInt64]] = [
            .shared: Array(repeating: usual, count: 46) + [20_000, 2 * usual],
            .none: Array(repeating: 4000, count: 48) + [90_000, 310_000],
        ]
        let ledger = TimeLedger(iterations: 0, wall: 900_000_000, user: 450_000_000, system: 0)
        return Measurement(
            runtime: runtime,
            probe: probe,
            setup: 2_000_000,
            duration: 900_000_000,
            ledgers: [ledger, ledger],
            latency: latency(delays, runQueue: 960_000),
            disturbances: disturbances,
            finished: 1_795_461_305
        )
    }

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
