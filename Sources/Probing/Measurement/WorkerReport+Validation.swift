extension WorkerReport {
    /// What a report must agree with to be believed.
    struct Expectation {
        var probe: Probe
        var workers: Int
        var iterations: Int
        /// Nanoseconds that the worker process lived, seen from outside.
        var lifetime: UInt64
    }

    /// The workers' ledgers, when all that is said can be true.
    ///
    /// - Throws: ``WorkerFailure`` with the reason `protocol` and what cannot be.
    func checked(against expected: Expectation) throws(WorkerFailure) -> [TimeLedger] {
        func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(WorkerFailure) {
            guard condition else { throw WorkerFailure(.protocol, "the report cannot be believed: \(otherwise())") }
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
                // A part alone, before they are added up: no sum can overflow after that.
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
        return workers.map(\.ledger)
    }

    /// The clocks of a ledger are not read at the same instant: 2 % and 2 ms are what they may differ by. What falls
    /// between two readings may be counted by two of them, but is part of the time itself: of a short run no more than
    /// all can be counted twice.
    private static func slack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall) }

    /// A thread that loses its CPU between two readings uses none, so the CPU clock and that of the wall differ by
    /// little more than the readings take.
    private static func cpuSlack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall / 4) }
}

extension WorkerReport.Worker {
    fileprivate var ledger: TimeLedger {
        TimeLedger(
            iterations: iterations,
            wall: wall,
            user: user,
            system: system,
            runQueue: runQueue,
            lockWait: lockWait,
            voluntarySwitches: voluntarySwitches,
            involuntarySwitches: involuntarySwitches
        )
    }
}
