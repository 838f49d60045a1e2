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
        let outcome = try await run(runtime, .describe, nil, timeLimit)
        let description = try decode(RuntimeDescription.self, outcome)
        guard description.protocol == WorkerJob.protocolVersion, description.iterations > 0 else {
            throw WorkerFailure(
                .protocol,
                "the description has protocol version \(description.protocol) and \(description.iterations) iterations",
                standardError: outcome.standardError
            )
        }
        return description
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
        let outcome = try await run(runtime, job, description, settings.timeLimit)
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
            finished: KernelClock.unixTime()
        )
        if let ratio = measurement.runQueueRatio, ratio > settings.disturbedRunQueueRatio {
            measurement.disturbances.insert(.runQueue)
        }
        return measurement
    }

    private func run(
        _ runtime: RuntimeSpecification,
        _ job: WorkerJob,
        _ description: RuntimeDescription?,
        _ timeLimit: Duration
    ) async throws -> WorkerOutcome {
        let outcome = try await launcher.run(
            runtime.words(for: job, description: description),
            input: runtime.standardInput,
            timeLimit: timeLimit
        )
        if let failure = outcome.failure(timeLimit: timeLimit) { throw failure }
        return outcome
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ outcome: WorkerOutcome) throws -> Value {
        guard !outcome.output.isEmpty else {
            throw WorkerFailure(.protocol, "the worker wrote nothing", standardError: outcome.standardError)
        }
        do {
            return try WorkerJSON.decode(type, from: outcome.output)
        } catch {
            throw WorkerFailure(
                .protocol,
                "what the worker wrote is no report: \(WorkerJSON.explain(error))",
                standardError: outcome.standardError
            )
        }
    }
}

extension Probe {
    /// How many workers it uses where so many are set.
    package func workers(_ set: Int) -> Int { self == .single ? 1 : set }
}
