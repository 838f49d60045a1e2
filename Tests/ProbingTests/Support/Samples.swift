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

    static func measurement(
        _ probe: Probe,
        of runtime: String = "native",
        duration: UInt64 = 100_000_000,
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
            disturbances: disturbances,
            finished: 1_795_461_305
        )
    }

    static func info(
        implementation: String = "native",
        supported: [Probe] = NativeWorker.supported,
        lockCounts: [LockCounts.CodingKeys] = []
    ) -> RuntimeInfo {
        RuntimeInfo(
            protocol: 1,
            implementation: implementation,
            version: "1.2.3",
            freeThreaded: false,
            path: "/usr/bin/it",
            switchIntervalNanoseconds: 5_000_000,
            iterations: 11,
            supported: supported.map(\.rawValue),
            unsupported: [:],
            lockCounts: lockCounts.map(\.rawValue)
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
