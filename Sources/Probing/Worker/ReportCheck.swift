extension WorkerReport {
    /// The run that a report must agree with.
    struct Expectation {
        var probe: Probe
        var workers: Int
        var iterations: Int
        /// Nanoseconds that the worker process lived, measured from outside.
        var lifetime: UInt64
    }

    /// Refuses a report that cannot be true: Documentation/worker-protocol.md, "How it ends".
    ///
    /// - Parameter standardError: what the worker wrote to its standard error, for the failure.
    /// - Throws: ``WorkerFailure`` with the reason `protocol` and the contradiction.
    func check(against expected: Expectation, standardError: String = "") throws(WorkerFailure) {
        try ReportCheck(report: self, expected: expected, standardError: standardError).run()
    }
}

private struct ReportCheck {
    let report: WorkerReport
    let expected: WorkerReport.Expectation
    let standardError: String

    func run() throws(WorkerFailure) {
        try require(
            report.protocol == WorkerJob.protocolVersion,
            "it speaks protocol version \(report.protocol)"
        )
        try require(report.probe == expected.probe, "it is about the probe \(report.probe.rawValue)")
        try require(
            report.workers.count == expected.workers,
            "it has \(report.workers.count) workers, \(expected.workers) were asked for"
        )
        let (elapsed, overflow) = report.setup.addingReportingOverflow(report.duration)
        try require(
            !overflow && elapsed <= expected.lifetime,
            "set-up and run took longer than the process lived"
        )
        try require(report.duration > 0, "the run took no time")
        for (number, ledger) in report.workers.enumerated() { try check(ledger, of: "worker \(number)") }
        switch expected.probe.work {
        case .countdown: try checkCountdown()
        case .referenceCounts: try check(report.referenceCountPhases ?? [])
        case .wakeUps: try check(report.latencyPhases ?? [])
        }
        if let lock = report.lock { try check(lock) }
    }

    private func check(_ ledger: TimeLedger, of name: String) throws(WorkerFailure) {
        try require(ledger.wall <= report.duration, "\(name) took longer than all together")
        for part in [ledger.user, ledger.system, ledger.runQueue ?? 0, ledger.lockWait ?? 0] {
            // Each part alone first, so that no sum overflows.
            try require(part <= ledger.wall + slack(ledger.wall), "a part of \(name)'s time exceeds its time")
        }
        try require(
            ledger.user + ledger.system <= ledger.wall + cpuSlack(ledger.wall),
            "\(name) used more CPU than it had time"
        )
        let explained = ledger.user + ledger.system + (ledger.runQueue ?? 0) + (ledger.lockWait ?? 0)
        try require(
            explained <= ledger.wall + slack(ledger.wall),
            "the parts of \(name)'s time add up to more than its time"
        )
        for switches in [ledger.voluntarySwitches ?? 0, ledger.involuntarySwitches ?? 0] {
            try require(
                switches <= expected.lifetime,
                "\(name) had more context switches than the process lived nanoseconds"
            )
        }
    }

    private func checkCountdown() throws(WorkerFailure) {
        let shares = Shares(iterations: UInt64(expected.iterations), workers: expected.workers)
        for (number, ledger) in report.workers.enumerated() {
            try require(
                ledger.iterations == shares[number],
                "worker \(number) did \(ledger.iterations) of \(shares[number])"
            )
        }
        let latest = report.workers.reduce(0) { max($0, $1.wall) }
        try require(latest == report.duration, "no worker was the last to finish")
    }

    private func check(_ phases: [ReferenceCountPhase]) throws(WorkerFailure) {
        try checkDurations(phases.map(\.duration))
        try checkIterations()
        var seen: Set<String> = []
        for phase in phases {
            let name = "the phase \(phase.scheme.rawValue), \(phase.sharing.rawValue)"
            try require(
                phase.workers == 1 || phase.workers == expected.workers,
                "\(name), had \(phase.workers) workers, \(expected.workers) were asked for"
            )
            try require(
                seen.insert("\(phase.scheme) \(phase.sharing) \(phase.workers)").inserted,
                "\(name), is in it twice"
            )
            try require(
                phase.pairs >= expected.iterations,
                "\(name), did \(phase.pairs) of \(expected.iterations) pairs"
            )
            // No CPU takes and drops a reference within a tenth of a nanosecond.
            try require(
                phase.pairs / UInt64(phase.workers) / 10 <= phase.duration,
                "\(name), did more pairs than a CPU can in its time"
            )
            try require(
                phase.workerTime > 0 && phase.workerTime / UInt64(phase.workers) <= phase.duration,
                "the workers of \(name), took no time, or more than all together"
            )
            try require(
                phase.leaked <= phase.pairs && phase.releasedEarly <= phase.pairs,
                "\(name), lost more references than it took"
            )
        }
        let (done, pairs) = (sum(report.workers.map(\.iterations)), sum(phases.map(\.pairs)))
        try require(done != nil && done == pairs, "the pairs of the workers do not add up to those of the phases")
    }

    /// In phases, the shares of the workers are not known.
    private func checkIterations() throws(WorkerFailure) {
        for (number, ledger) in report.workers.enumerated() {
            // As with pairs.
            try require(ledger.iterations / 10 <= ledger.wall, "worker \(number) did more than a CPU can in its time")
        }
        try require(sum(report.workers.map(\.iterations)) != nil, "the workers did more than can be counted")
    }

    /// Nil if there are too many.
    private func sum(_ numbers: [UInt64]) -> UInt64? {
        var sum: UInt64 = 0
        for number in numbers {
            let (next, overflow) = sum.addingReportingOverflow(number)
            guard !overflow else { return nil }
            sum = next
        }
        return sum
    }

    private func check(_ phases: [LatencyPhase]) throws(WorkerFailure) {
        try checkDurations(phases.map(\.duration))
        try checkIterations()
        try require(report.workers[0].iterations == 0, "worker 0 counted down, which should have waked up")
        try require(phases.count { $0.lock == .alone } == 1, "not one phase had the waking worker alone")
        try require(phases.count > 1, "no phase had other workers")
        try require(Set(phases.map(\.lock)).count == phases.count, "a phase is in it twice")
        for phase in phases {
            let name = "the phase \(phase.lock.rawValue)"
            let workers = phase.lock == .alone ? 1 : expected.workers
            try require(phase.workers == workers, "\(name) had \(phase.workers) workers, not \(workers)")
            try require(
                (1...expected.iterations).contains(phase.delays.count),
                "\(name) had \(phase.delays.count) wake-ups, \(expected.iterations) were asked for"
            )
            try require(
                phase.delays.allSatisfy { $0 <= phase.duration }
                    && phase.runQueue ?? 0 <= phase.duration + slack(phase.duration),
                "a delay in \(name) is longer than the phase"
            )
        }
    }

    /// The phases follow one another.
    private func checkDurations(_ durations: [UInt64]) throws(WorkerFailure) {
        var sum: UInt64 = 0
        for duration in durations {
            try require(duration > 0 && duration <= report.duration - sum, "the phases took longer than all together")
            sum += duration
        }
        try require(sum == report.duration, "the phases took less time than all together")
    }

    private func check(_ lock: LockCounts) throws(WorkerFailure) {
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

    private func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(WorkerFailure) {
        guard !condition else { return }
        throw WorkerFailure(
            .protocol,
            "the report cannot be believed: \(otherwise())",
            standardError: standardError
        )
    }

    /// The clocks of a ledger are not read at the same instant, so they may differ by 2 % and 2 ms. Two of them may count
    /// the time between two readings, but that time is part of the wall time: a short run has no more than all of it
    /// counted twice.
    private func slack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall) }

    /// A thread that loses its CPU between two readings uses none, so the CPU clock and the wall clock differ by little
    /// more than the readings take.
    private func cpuSlack(_ wall: UInt64) -> UInt64 { wall / 50 + min(2_000_000, wall / 4) }
}
