import Linux

/// Why a probe is not run on demand.
package enum OnDemandRefusal: Error, Sendable, Equatable {
    /// These are the names there are.
    case unknownRuntime([String])
    /// The CPU budget is spent until so long from now.
    case overBudget(Duration)
    /// A round took all the time that there was.
    case busy
}

extension ProbeScheduler {
    /// To end a worker that is over its time, before the one who has asked is gone.
    private static let cleanup = Duration.milliseconds(300)

    /// Runs one probe now: between rounds, and within the CPU budget, for which the next round waits if need be.
    ///
    /// - Parameters:
    ///   - limit: for all of it, the wait for a round that is running included.
    ///   - observe: receives the events of this run, which the scheduler's own observer does not.
    /// - Throws: ``OnDemandRefusal``; `CancellationError` when the task was cancelled meanwhile.
    package func run(
        _ probe: Probe,
        of runtime: String,
        within limit: Duration,
        observe: @escaping ProbingObserver
    ) async throws -> Round {
        let settings = settings
        let known = runtimes(settings)
        guard let specification = known.first(where: { $0.name == runtime }) else {
            throw OnDemandRefusal.unknownRuntime(known.map(\.name))
        }
        let end = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: Round?.self) { race in
            defer { race.cancelAll() }
            race.addTask { [self] in
                try await turn.take {
                    try await run(probe, of: specification, settings, until: end - Self.cleanup, observe)
                }
            }
            race.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            guard let round = try await race.next() ?? nil else { throw OnDemandRefusal.busy }
            return round
        }
    }

    private func run(
        _ probe: Probe,
        of runtime: RuntimeConfiguration,
        _ settings: ProbingSettings,
        until end: ContinuousClock.Instant,
        _ observe: @escaping ProbingObserver
    ) async throws -> Round {
        if let wait = timeUntilPaid { throw OnDemandRefusal.overBudget(wait) }
        let left = end - .now
        guard left > .zero else { throw OnDemandRefusal.busy }
        var settings = settings
        settings.probes = [probe]
        settings.timeLimit = min(settings.timeLimit, left)
        let (started, cpuBefore) = (KernelClock.monotonic(), ChildrenUsage.cpuSeconds())
        // Whatever becomes of it: what was used is used.
        defer { charge(ChildrenUsage.cpuSeconds() - cpuBefore, at: started) }
        var rounds = RoundRunner(runner: runner)
        return try await rounds.run([runtime], settings: settings, observe: observe)
    }
}
