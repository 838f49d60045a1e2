@testable import Probing

/// Values as they might have been measured, for tests to change one thing in.
enum Samples {
    /// 11 iterations by two workers: 100 ms of one, half of it waiting for the lock, and 98 ms of the other.
    static let report = WorkerReport(
        protocol: 1,
        probe: .gil,
        setup: 2_000_000,
        duration: 100_000_000,
        workers: [
            worker(iterations: 6, wall: 100_000_000, lockWait: 50_000_000),
            worker(iterations: 5, wall: 98_000_000, lockWait: 48_000_000),
        ],
        lock: LockCounts(acquisitions: 40, switches: 38, timedWaits: 60, forcedHandoffs: 30)
    )

    static let expectation = WorkerReport.Expectation(
        probe: .gil,
        workers: 2,
        iterations: 11,
        lifetime: 150_000_000
    )

    /// Two phases by one worker, and two by two: 30 pairs that the report of `refcount` has 4 times.
    static let referenceCounts = WorkerReport(
        protocol: 1,
        probe: .refcount,
        setup: 2_000_000,
        duration: 100_000_000,
        workers: [
            worker(iterations: 90, wall: 100_000_000, lockWait: 50_000_000),
            worker(iterations: 30, wall: 60_000_000, lockWait: 10_000_000),
        ],
        referenceCountPhases: [
            phase(.unprotected, workers: 1, duration: 20_000_000),
            phase(.unprotected, workers: 2, duration: 40_000_000, leaked: 3, releasedEarly: 4),
            phase(.atomic, workers: 1, duration: 20_000_000),
            phase(.atomic, workers: 2, duration: 20_000_000),
        ]
    )

    /// The delays of a worker that waits 75 µs alone, and one switch interval more beside another one.
    static let latency = WorkerReport(
        protocol: 1,
        probe: .latency,
        setup: 2_000_000,
        duration: 100_000_000,
        workers: [
            worker(iterations: 0, wall: 100_000_000, lockWait: 50_000_000),
            worker(iterations: 5, wall: 98_000_000, lockWait: 0),
        ],
        latencyPhases: [
            LatencyPhase(
                lock: .alone,
                workers: 1,
                duration: 10_000_000,
                delays: [75_000, 70_000, 90_000],
                runQueue: 0
            ),
            LatencyPhase(
                lock: .shared,
                workers: 2,
                duration: 80_000_000,
                delays: [5_075_000, 5_175_000, 9_075_000],
                runQueue: 4_000_000
            ),
            LatencyPhase(lock: .none, workers: 2, duration: 10_000_000, delays: [60_000, 80_000], runQueue: nil),
        ]
    )

    static func phase(
        _ scheme: ReferenceCountScheme,
        _ sharing: ReferenceSharing = .shared,
        workers: Int,
        duration: UInt64,
        leaked: UInt64 = 0,
        releasedEarly: UInt64 = 0
    ) -> ReferenceCountPhase {
        ReferenceCountPhase(
            scheme: scheme,
            sharing: sharing,
            workers: workers,
            pairs: 30,
            duration: duration,
            workerTime: duration * UInt64(workers),
            leaked: leaked,
            releasedEarly: releasedEarly
        )
    }

    static func measurement(
        _ probe: Probe,
        of runtime: String = "native",
        duration: UInt64 = 100_000_000,
        latency: Latency? = nil,
        disturbances: Set<Disturbance> = [],
        _ change: (inout TimeLedger) -> Void = { _ in }
    ) -> Measurement {
        var ledger = TimeLedger(
            iterations: 5,
            wall: duration,
            user: duration / 4,
            system: duration / 4,
            runQueue: duration / 10,
            lockWait: duration / 5,
            voluntarySwitches: 3,
            involuntarySwitches: 4
        )
        change(&ledger)
        return Measurement(
            runtime: runtime,
            probe: probe,
            setup: 2_000_000,
            duration: duration,
            ledgers: Array(repeating: ledger, count: probe.workers(2)),
            lock: nil,
            latency: latency,
            disturbances: disturbances,
            finished: 1_795_461_305
        )
    }

    static func info(
        implementation: String = "native",
        supported: [Probe] = NativeWorker.supported,
        lockCounts: [LockCounts.CodingKeys] = [],
        refcountSchemes: [ReferenceCountScheme]? = nil,
        latencyLocks: [WakeUpLock]? = nil
    ) -> RuntimeInfo {
        RuntimeInfo(
            protocol: 1,
            implementation: implementation,
            version: "1.2.3",
            freeThreaded: false,
            path: "/usr/bin/it",
            switchIntervalNanoseconds: 5_000_000,
            iterations: 11,
            pairs: 30,
            supported: supported.map(\.rawValue),
            unsupported: [:],
            lockCounts: lockCounts.map(\.rawValue),
            refcountSchemes: refcountSchemes?.map(\.rawValue),
            latencyLocks: latencyLocks?.map(\.rawValue)
        )
    }

    private static func worker(iterations: UInt64, wall: UInt64, lockWait: UInt64) -> TimeLedger {
        TimeLedger(
            iterations: iterations,
            wall: wall,
            user: 45_000_000,
            system: 1_000_000,
            runQueue: 3_000_000,
            lockWait: lockWait,
            voluntarySwitches: 20,
            involuntarySwitches: 3
        )
    }
}
