import Linux

/// The native runtime: does a job in the process that was started for it.
package enum NativeWorker {
    /// Decrements that take one thread about a quarter of a second, on a CPU of 3 GHz at one turn per cycle.
    static let suggestedIterations = 750_000_000

    /// As CPython's: Python/ceval_gil.c, DEFAULT_INTERVAL.
    static let defaultSwitchInterval: UInt64 = 5_000_000

    static let supported: [Probe] = Probe.allCases.filter { probe in
        if case .unavailable = probe.nativeWorkers { false } else { true }
    }

    private static let unsupported: [String: String] = Probe.allCases.reduce(into: [:]) { reasons, probe in
        if case .unavailable(let reason) = probe.nativeWorkers { reasons[probe.rawValue] = reason }
    }

    package static func describe(version: String, path: String) -> RuntimeInfo {
        RuntimeInfo(
            protocol: WorkerJob.protocolVersion,
            implementation: "native",
            version: version,
            freeThreaded: false,
            path: path,
            switchIntervalNanoseconds: defaultSwitchInterval,
            iterations: suggestedIterations,
            supported: supported.map(\.rawValue),
            unsupported: unsupported,
            lockCounts: LockCounts.CodingKeys.allCases.map(\.rawValue)
        )
    }

    /// Runs one probe in this process.
    ///
    /// - Parameter began: the start of set-up, in nanoseconds of ``KernelClock/monotonic()``.
    /// - Throws: ``JobRefusal``; ``SystemError`` when threads, processes or memory are not available;
    ///   ``NativeWorkerError``.
    package static func run(_ job: WorkerJob, began: UInt64) throws -> WorkerReport {
        guard let probe = job.probe, let workers = job.workers, let iterations = job.iterations else {
            throw JobRefusal("a run needs a probe, workers and iterations")
        }
        let run: (Int, @escaping @Sendable (Int) -> Void) throws -> Void
        switch probe.nativeWorkers {
        case .threads: run = WorkerThreads.run
        case .processes: run = WorkerProcesses.run
        case .unavailable: throw JobRefusal("the native runtime has no probe \(probe.rawValue)")
        }
        guard (1...probe.workers(ProbingSettings.maxWorkers)).contains(workers) else {
            throw JobRefusal("\(probe.rawValue) cannot have \(workers) workers")
        }
        guard iterations > 0 else { throw JobRefusal("\(iterations) iterations cannot be counted down") }
        let switchInterval = job.switchIntervalNanoseconds ?? defaultSwitchInterval
        // Such an interval can be added to a clock that has run for less than 292 years.
        guard switchInterval <= Int64.max else { throw JobRefusal("the switch interval is too long") }
        let shares = Shares(iterations: UInt64(iterations), workers: workers)
        let arena = try WorkerArena(workers: workers)
        let contended = probe.sharesLock ? GlobalInterpreterLock(switchInterval: switchInterval) : nil
        let countOneShare: @Sendable (Int) -> Void = { worker in
            // Without contention each worker has its own lock, so the request never comes.
            let lock = contended ?? GlobalInterpreterLock(switchInterval: switchInterval)
            arena[worker] = CountdownShare.run(
                worker,
                iterations: shares[worker],
                under: lock,
                contended: contended != nil,
                awaitAll: arena.awaitAll
            )
        }
        try run(workers, countOneShare)
        return report(probe, shares, arena.records(), contended?.counts(), began: began)
    }

    private static func report(
        _ probe: Probe,
        _ shares: Shares,
        _ records: [CountdownShare.Record],
        _ lock: LockCounts?,
        began: UInt64
    ) -> WorkerReport {
        // The barrier opens when the last worker arrives.
        let start = records.map(\.arrival).max() ?? began
        let end = records.map(\.finish).max() ?? start
        return WorkerReport(
            protocol: WorkerJob.protocolVersion,
            probe: probe,
            setup: start - began,
            duration: end - start,
            workers: records.enumerated().map { $1.ledger(iterations: shares[$0], start: start) },
            lock: lock
        )
    }
}

/// Why a run failed.
enum NativeWorkerError: Error, Equatable, CustomStringConvertible {
    /// A worker process ended with this wait status, wait(2).
    case workerDied(waitStatus: Int32)

    var description: String {
        switch self {
        case .workerDied(let status): "a worker process died (wait status \(status))"
        }
    }
}
