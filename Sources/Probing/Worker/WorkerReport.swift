/// The result of one run as the worker reports it, before ``check(against:standardError:)`` has accepted it. The keys
/// are those of Documentation/worker-protocol.md.
package struct WorkerReport: Codable, Sendable, Equatable {
    package var `protocol`: Int
    package var probe: Probe
    package var setup: UInt64
    package var duration: UInt64
    package var workers: [TimeLedger]
    package var lock: LockCounts?
    /// The runtime that made this report, as it would have described itself at that moment.
    package var runtime: RuntimeInfo?

    enum CodingKeys: String, CodingKey {
        case `protocol`, probe, workers, lock, runtime
        case setup = "setup_ns"
        case duration = "duration_ns"
    }
}

extension WorkerReport {
    /// The run that a report must agree with.
    struct Expectation {
        var probe: Probe
        var workers: Int
        var iterations: Int
        /// Nanoseconds that the worker process lived, measured from outside.
        var lifetime: UInt64
    }

    /// Refuses a report that cannot be true.
    ///
    /// - Parameter standardError: what the worker wrote to its standard error, for the failure.
    /// - Throws: ``WorkerFailure`` with the reason `protocol` and the contradiction.
    func check(
        against expected: Expectation,
        standardError: @autoclosure () -> String = ""
    ) throws(WorkerFailure) {
        func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(WorkerFailure) {
            guard !condition else { return }
            throw WorkerFailure(
                .protocol,
                "the report cannot be believed: \(otherwise())",
                standardError: standardError()
            )
        }
        try require(`protocol` == WorkerJob.protocolVersion, "it speaks protocol version \(`protocol`)")
        try require(probe == expected.probe, "it is about the probe \(probe.rawValue)")
        try require(
            workers.count == expected.workers,
            "it has \(workers.count) workers, \(expected.workers) were asked for"
        )
        let shares = Shares(iterations: UInt64(expected.iterations), workers: expected.workers)
        let (elapsed, overflow) = setup.addingReportingOverflow(duration)
        try require(
            !overflow && elapsed <= expected.lifetime,
            "set-up and countdown took longer than the process lived"
        )
        try require(duration > 0, "the countdown took no time")
        var latest: UInt64 = 0
        for (number, worker) in workers.enumerated() {
            let name = "worker \(number)"
            try require(worker.iterations == shares[number], "\(name) did \(worker.iterations) of \(shares[number])")
            try require(worker.wall <= duration, "\(name) took longer than all together")
            for part in [worker.user, worker.system, worker.runQueue ?? 0, worker.lockWait ?? 0] {
                // Each part alone first, so that no sum overflows.
                try require(part <= worker.wall + Self.slack(worker.wall), "a part of \(name)'s time exceeds its time")
            }
            try require(
                worker.user + worker.system <= worker.wall + Self.cpuSlack(worker.wall),
                "\(name) used more CPU than it had time"
            )
            let explained = worker.user + worker.system + (worker.runQueue ?? 0) + (worker.lockWait ?? 0)
            try require(
                explained <= worker.wall + Self.slack(worker.wall),
                "the parts of \(name)'s time add up to more than its time"
            )
            for switches in [worker.voluntarySwitches ?? 0, worker.involuntarySwitches ?? 0] {
                try require(
                    switches <= expected.lifetime,
                    "\(name) had more context switches than the process lived nanoseconds"
                )
            }
            latest = max(latest, worker.wall)
        }
        try require(latest == duration, "no worker was the last to finish")
        if let lock {
            let acquisitions = lock.acquisitions ?? expected.lifetime
            try require(
                acquisitions <= expected.lifetime && (lock.timedWaits ?? 0) <= expected.lifetime,
                "the lock was busy more often than the process lived nanoseconds"
            )
            let switches = lock.switches ?? acquisitions
            try require(switches <= acquisitions, "the lock changed hands more often than it was taken")
            try require(
                (lock.forcedHandoffs ?? 0) <= switches,
                "the lock was handed over more often than it changed hands"
            )
        }
    }

    /// The clocks of a ledger are not read at the same instant, so they may differ by 2 % and 2 ms. Two of them may count
    /// the time between two readings, but that time is part of the wall time: a short run has no more than all of it
    /// counted twice.
    private static func slack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall) }

    /// A thread that loses its CPU between two readings uses none, so the CPU clock and the wall clock differ by little
    /// more than the readings take.
    private static func cpuSlack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall / 4) }
}
