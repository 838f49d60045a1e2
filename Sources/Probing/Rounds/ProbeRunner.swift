import Linux

/// Asks runtimes to describe themselves, and runs single probes on them.
package struct ProbeRunner: Sendable {
    private let launcher: WorkerLauncher

    package init(launcher: WorkerLauncher) {
        self.launcher = launcher
    }

    /// Asks a runtime which program it is and which probes it supports.
    ///
    /// - Parameter switchInterval: of the native runtime's lock; nil: its default.
    /// - Throws: ``WorkerFailure``, or `CancellationError`.
    package func describe(
        _ runtime: RuntimeConfiguration,
        timeLimit: Duration,
        switchInterval: Duration? = nil
    ) async throws -> RuntimeInfo {
        var job = WorkerJob.describe
        job.switchIntervalNanoseconds = runtime.launch == .native ? switchInterval.map { UInt64($0.nanoseconds) } : nil
        let outcome = try await launch(runtime, job, nil, timeLimit)
        if let failure = outcome.failure(timeLimit: timeLimit) {
            throw try await unsupportedVersion(of: runtime, after: outcome) ?? failure
        }
        return try checked(decode(RuntimeInfo.self, outcome), outcome)
    }

    /// Runs one probe once.
    ///
    /// - Parameter info: the runtime's description of itself.
    /// - Throws: ``WorkerFailure``, or `CancellationError` when the task was cancelled meanwhile.
    package func measure(
        _ probe: Probe,
        of runtime: RuntimeConfiguration,
        describedAs info: RuntimeInfo,
        settings: ProbingSettings
    ) async throws -> Measurement {
        let workers = probe.workers(settings.workers)
        let iterations = try iterations(of: probe, on: runtime, info, settings)
        let job = WorkerJob.run(
            probe,
            workers: workers,
            iterations: iterations,
            switchIntervalNanoseconds: runtime.launch == .native ? UInt64(settings.switchInterval.nanoseconds) : nil,
            phaseLimitNanoseconds: probe.work == .wakeUps ? settings.phaseLimit.map { UInt64($0.nanoseconds) } : nil
        )
        let timeLimit = settings.countdownTimeLimit ?? settings.timeLimit
        let interferenceBefore = HostInterference.now()
        let started = KernelClock.monotonic()
        let outcome = try await launch(runtime, job, info, timeLimit)
        if let failure = outcome.failure(timeLimit: timeLimit) { throw failure }
        let report = try decode(WorkerReport.self, outcome)
        try report.check(
            against: WorkerReport.Expectation(
                probe: probe,
                workers: workers,
                iterations: iterations,
                lifetime: KernelClock.monotonic() - started
            ),
            standardError: outcome.standardError
        )
        var measurement = Measurement(
            of: runtime.name,
            report,
            disturbances: HostInterference.now().disturbances(since: interferenceBefore, workers: workers),
            finished: KernelClock.unixTime(),
            source: try report.runtime.map { try checked($0, outcome) }
        )
        let limit = settings.disturbedRunQueueRatio * probe.runQueueTolerance
        if let ratio = measurement.ledger.runQueueRatio, ratio > limit {
            measurement.disturbances.insert(.runQueue)
        }
        if let ratio = measurement.blockedRatio, ratio > limit { measurement.disturbances.insert(.blocked) }
        return measurement
    }

    private func iterations(
        of probe: Probe,
        on runtime: RuntimeConfiguration,
        _ info: RuntimeInfo,
        _ settings: ProbingSettings
    ) throws(WorkerFailure) -> Int {
        switch probe.work {
        case .countdown:
            return runtime.iterations ?? info.iterations
        case .referenceCounts:
            if let pairs = runtime.pairs { return pairs }
            guard let pairs = info.pairs, pairs > 0 else {
                throw WorkerFailure(.protocol, "the description supports refcount, but has no pairs")
            }
            let scale = Double(runtime.iterations ?? info.iterations) / Double(info.iterations)
            // A product of two numbers from a worker and a configuration may not fit.
            return max(1, Int(exactly: (Double(pairs) * scale).rounded()) ?? pairs)
        case .wakeUps:
            return settings.wakeUps
        }
    }

    private func launch(
        _ runtime: RuntimeConfiguration,
        _ job: WorkerJob,
        _ info: RuntimeInfo?,
        _ timeLimit: Duration
    ) async throws -> WorkerOutcome {
        try await launcher.run(input: runtime.standardInput, timeLimit: timeLimit) { channel in
            try runtime.words(for: job.answered(over: channel), info: info)
        }
    }

    /// Python 2 does not know the option `-I`, so it never reaches the script, which refuses old versions of Python 3.
    private func unsupportedVersion(
        of runtime: RuntimeConfiguration,
        after outcome: WorkerOutcome
    ) async throws -> WorkerFailure? {
        guard case .python(let command) = runtime.launch, outcome.standardError.hasPrefix("Unknown option: -I") else {
            return nil
        }
        let answer = try await launcher.run(command + ["--version"], input: [], timeLimit: .seconds(2))
        // Before 3.4 that is written to standard error.
        let version = WorkerText.line(String(decoding: answer.errors + answer.output, as: UTF8.self), limit: 40)
        guard version.hasPrefix("Python 2.") else { return nil }
        let name = version.prefix { $0 != "\\" }
        return WorkerFailure(.crash, "\(command[0]) is \(name), which is older than 3.8")
    }

    private func checked(_ info: RuntimeInfo, _ outcome: WorkerOutcome) throws(WorkerFailure) -> RuntimeInfo {
        guard info.protocol == WorkerJob.protocolVersion, info.iterations > 0 else {
            throw WorkerFailure(
                .protocol,
                "the description has protocol version \(info.protocol) and \(info.iterations) iterations",
                standardError: outcome.standardError
            )
        }
        return info.bounded()
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ outcome: WorkerOutcome) throws -> Value {
        guard !outcome.document.isEmpty else {
            throw WorkerFailure(.protocol, "the worker wrote nothing", standardError: outcome.standardError)
        }
        do {
            return try WorkerJSON.decode(type, from: outcome.document)
        } catch {
            throw WorkerFailure(
                .protocol,
                "the output is not a valid document: \(WorkerJSON.explain(error)): "
                    + WorkerText.quote(outcome.document),
                standardError: outcome.standardError
            )
        }
    }
}
