import Linux

/// Asks runtimes what they are, and runs single probes on them.
package struct ProbeRunner: Sendable {
    private let launcher: WorkerLauncher

    package init(launcher: WorkerLauncher) {
        self.launcher = launcher
    }

    /// Asks a runtime what it is and what it can do.
    ///
    /// - Throws: ``WorkerFailure``, or `CancellationError`.
    package func describe(_ runtime: RuntimeSpecification, timeLimit: Duration) async throws -> RuntimeDescription {
        let outcome = try await launch(runtime, .describe, nil, timeLimit)
        if let failure = outcome.failure(timeLimit: timeLimit) {
            throw try await unsupportedVersion(of: runtime, after: outcome) ?? failure
        }
        return try believed(decode(RuntimeDescription.self, outcome), outcome)
    }

    /// Runs one probe once.
    ///
    /// - Parameter description: what the runtime has said of itself.
    /// - Throws: ``WorkerFailure``, or `CancellationError` when the task was cancelled meanwhile.
    package func measure(
        _ probe: Probe,
        of runtime: RuntimeSpecification,
        describedAs description: RuntimeDescription,
        settings: ProbingSettings
    ) async throws -> Measurement {
        let workers = probe.workers(settings.workers)
        let iterations = runtime.iterations ?? description.iterations
        let job = WorkerJob.run(
            probe,
            workers: workers,
            iterations: iterations,
            switchIntervalNanoseconds: runtime.launch == .native ? UInt64(settings.switchInterval.nanoseconds) : nil
        )
        let machineBefore = MachineState.now()
        let started = KernelClock.monotonic()
        let outcome = try await launch(runtime, job, description, settings.timeLimit)
        if let failure = outcome.failure(timeLimit: settings.timeLimit) { throw failure }
        let report = try decode(WorkerReport.self, outcome)
        let ledgers: [TimeLedger]
        do {
            ledgers = try report.checked(
                against: WorkerReport.Expectation(
                    probe: probe,
                    workers: workers,
                    iterations: iterations,
                    lifetime: KernelClock.monotonic() - started
                )
            )
        } catch {
            throw WorkerFailure(error.reason, error.detail, standardError: outcome.standardError)
        }
        var measurement = Measurement(
            runtime: runtime.name,
            probe: probe,
            setup: report.setup,
            duration: report.duration,
            workers: ledgers,
            lock: report.lock,
            disturbances: MachineState.now().disturbances(since: machineBefore, workers: workers),
            finished: KernelClock.unixTime(),
            source: try report.runtime.map { try believed($0, outcome) }
        )
        if let ratio = measurement.runQueueRatio, ratio > settings.disturbedRunQueueRatio {
            measurement.disturbances.insert(.runQueue)
        }
        return measurement
    }

    private func launch(
        _ runtime: RuntimeSpecification,
        _ job: WorkerJob,
        _ description: RuntimeDescription?,
        _ timeLimit: Duration
    ) async throws -> WorkerOutcome {
        try await launcher.run(input: runtime.standardInput, timeLimit: timeLimit) { channel in
            try runtime.words(for: job.answered(over: channel), description: description)
        }
    }

    /// Python 2 does not know the option `-I`, and so never comes to the script, which would say it for Python 3.
    private func unsupportedVersion(
        of runtime: RuntimeSpecification,
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

    private func believed(
        _ description: RuntimeDescription,
        _ outcome: WorkerOutcome
    ) throws(WorkerFailure) -> RuntimeDescription {
        guard description.protocol == WorkerJob.protocolVersion, description.iterations > 0 else {
            throw WorkerFailure(
                .protocol,
                "the description has protocol version \(description.protocol) and \(description.iterations) iterations",
                standardError: outcome.standardError
            )
        }
        return description.bounded()
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
                "what the worker wrote is no report: \(WorkerJSON.explain(error)): "
                    + WorkerText.quote(outcome.document),
                standardError: outcome.standardError
            )
        }
    }
}

extension Probe {
    /// How many workers it uses where so many are set.
    package func workers(_ set: Int) -> Int { self == .single ? 1 : set }
}
