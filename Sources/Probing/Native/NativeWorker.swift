import Linux

/// The native runtime: does a job in the process that was started for it.
package enum NativeWorker {
    /// Decrements that take one thread about a fifth of a second, on a CPU of 3 GHz at one turn per cycle.
    static let suggestedIterations = 600_000_000

    /// References that one thread takes and drops in 1 to 15 ms, depending on the scheme.
    static let suggestedPairs = 200_000

    /// As CPython's: Python/ceval_gil.c, DEFAULT_INTERVAL.
    static let defaultSwitchInterval: UInt64 = 5_000_000

    static let supported: [Probe] = Probe.allCases.filter { probe in
        if case .unavailable = probe.nativeWorkers { false } else { true }
    }

    private static let unsupported: [String: String] = Probe.allCases.reduce(into: [:]) { reasons, probe in
        if case .unavailable(let reason) = probe.nativeWorkers { reasons[probe.rawValue] = reason }
    }

    /// - Parameter job: the job that is done, or is only to describe the runtime; it may set the switch interval.
    package static func describe(version: String, path: String, for job: WorkerJob = .describe) -> RuntimeInfo {
        RuntimeInfo(
            protocol: WorkerJob.protocolVersion,
            implementation: "native",
            version: version,
            freeThreaded: false,
            path: path,
            switchIntervalNanoseconds: job.switchIntervalNanoseconds ?? defaultSwitchInterval,
            iterations: suggestedIterations,
            pairs: suggestedPairs,
            supported: supported.map(\.rawValue),
            unsupported: unsupported,
            lockCounts: LockCounts.CodingKeys.allCases.map(\.rawValue),
            refcountSchemes: NativeReferenceCounts.schemes.map(\.rawValue),
            latencyLocks: NativeWakeUps.locks.map(\.rawValue)
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
        if case .unavailable = probe.nativeWorkers {
            throw JobRefusal("the native runtime has no probe \(probe.rawValue)")
        }
        guard (probe.workers(1)...probe.workers(ProbingSettings.maxWorkers)).contains(workers) else {
            throw JobRefusal("\(probe.rawValue) cannot have \(workers) workers")
        }
        guard iterations > 0 else { throw JobRefusal("\(iterations) iterations cannot be done") }
        let switchInterval = job.switchIntervalNanoseconds ?? defaultSwitchInterval
        // Such an interval can be added to a clock that has run for less than 292 years.
        guard switchInterval <= Int64.max else { throw JobRefusal("the switch interval is too long") }
        let shares = Shares(iterations: UInt64(iterations), workers: workers)
        switch probe.work {
        case .countdown:
            return try countDown(probe, shares, switchInterval, began)
        case .referenceCounts:
            let results = try NativeReferenceCounts.run(pairs: UInt64(iterations), workers, switchInterval)
            var report = report(probe, results.map(\.timing), began)
            report.referenceCountPhases = results.map(\.phase)
            return report
        case .wakeUps:
            let wakeUps = NativeWakeUps(
                count: iterations,
                timeLimit: job.phaseLimitNanoseconds,
                switchInterval: switchInterval
            )
            let results = try wakeUps.run(workers)
            var report = report(probe, results.map(\.timing), began)
            report.latencyPhases = results.map(\.phase)
            return report
        }
    }

    private static func countDown(
        _ probe: Probe,
        _ shares: Shares,
        _ switchInterval: UInt64,
        _ began: UInt64
    ) throws -> WorkerReport {
        let contended = probe.sharesLock ? GlobalInterpreterLock(switchInterval: switchInterval) : nil
        let phase = try NativePhase.run(shares.workers, as: probe.nativeWorkers) { contender in
            // Without contention each worker has its own lock, so the request never comes.
            let lock = contended ?? GlobalInterpreterLock(switchInterval: switchInterval)
            if contended != nil { lock.take(contender) }
            Probing.countDown(shares[contender.number], under: lock, as: contender)
            if contended != nil { lock.drop(contender) }
            return shares[contender.number]
        }
        var report = report(probe, [phase], began)
        report.lock = contended?.counts()
        return report
    }

    private static func report(_ probe: Probe, _ phases: [NativePhase], _ began: UInt64) -> WorkerReport {
        WorkerReport(
            protocol: WorkerJob.protocolVersion,
            probe: probe,
            setup: phases[0].start - began,
            duration: phases.duration,
            workers: phases.ledgers
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
