import Linux

/// What happens while rounds run, for metrics, log, status and display.
package enum ProbingEvent: Sendable {
    /// A round starts, under these settings.
    case started(ProbingSettings)
    /// A runtime has described itself: at the start, and again after its program was replaced.
    case described(RuntimeConfiguration, RuntimeInfo)
    /// A runtime did not describe itself, so none of its probes runs in this round.
    case undescribed(RuntimeConfiguration, WorkerFailure, after: Duration)
    /// The runtimes of the round are known; the info is nil for those that did not describe themselves.
    case planned([(runtime: String, info: RuntimeInfo?)])
    /// A probe begins, after `done` of `total` runs of the round.
    case began(runtime: String, probe: Probe, done: Int, total: Int)
    case measured(Measurement)
    case failed(runtime: String, probe: Probe, WorkerFailure)
    /// A round has ended and the next one is planned.
    case finished(Round, next: NextRound)
    /// New settings, or a probe on demand, have moved the next round.
    case rescheduled(NextRound)
    /// No round starts until the settings allow for it.
    case disabled
}

package typealias ProbingObserver = @Sendable (ProbingEvent) -> Void

/// Runs rounds, one probe at a time.
package struct RoundRunner: Sendable {
    /// A run that is due in a round.
    private struct PlannedRun: Sendable {
        var runtime: RuntimeConfiguration
        var info: RuntimeInfo
        var probe: Probe
    }

    private let runner: ProbeRunner
    private var infos = RuntimeInfoCache()
    private var number = 0

    package init(runner: ProbeRunner) {
        self.runner = runner
    }

    /// Runs one round.
    ///
    /// - Parameter end: the time limit of all together; nil: each description and each measurement has its own.
    /// - Throws: `CancellationError` when the task was cancelled; then no worker is left.
    package mutating func run(
        _ runtimes: [RuntimeConfiguration],
        settings: ProbingSettings,
        until end: ContinuousClock.Instant? = nil,
        observe: ProbingObserver
    ) async throws -> Round {
        let cpuBefore = ChildrenUsage.cpuSeconds()
        let number = number
        self.number += 1
        observe(.started(settings))
        var runs: [Round.Run] = []
        var plan: [PlannedRun] = []
        var known: [(runtime: String, info: RuntimeInfo?)] = []
        for runtime in runtimes {
            let asked = ContinuousClock.now
            do {
                let info = try await describe(runtime, settings.limited(until: end), observe)
                known.append((runtime.name, info))
                plan += settings.probes.filter(info.supports).map {
                    PlannedRun(runtime: runtime, info: info, probe: $0)
                }
            } catch let failure as WorkerFailure {
                known.append((runtime.name, nil))
                observe(.undescribed(runtime, failure, after: asked.duration(to: .now)))
                runs += settings.probes.map {
                    Round.Run(runtime: runtime.name, probe: $0, outcome: .failure(failure))
                }
            }
        }
        observe(.planned(known))
        for (done, planned) in Self.order(plan, round: number).enumerated() {
            let name = planned.runtime.name
            observe(.began(runtime: name, probe: planned.probe, done: done, total: plan.count))
            let outcome: Result<Measurement, WorkerFailure>
            do {
                let measurement = try await measure(planned, settings, until: end, observe)
                observe(.measured(measurement))
                outcome = .success(measurement)
            } catch let failure as WorkerFailure {
                // Another program may have taken the runtime's place.
                infos.doubt(planned.runtime)
                observe(.failed(runtime: name, probe: planned.probe, failure))
                outcome = .failure(failure)
            }
            runs.append(Round.Run(runtime: name, probe: planned.probe, outcome: outcome))
        }
        var round = Round(number: number, runs: runs, finished: KernelClock.unixTime())
        // A program that ignores SIGCHLD hides the CPU time of its processes from the kernel's sum, but its report has it.
        let reported = round.measurements.reduce(0) { $0 + Double($1.ledger.cpu) / 1e9 }
        round.cpuSeconds = max(ChildrenUsage.cpuSeconds() - cpuBefore, reported)
        return round
    }

    /// Rotates the runs by one in every round, so that no probe always runs first, on the coolest CPU.
    static func order<Run>(_ runs: [Run], round: Int) -> [Run] {
        guard !runs.isEmpty else { return [] }
        let first = round % runs.count
        return Array(runs[first...] + runs[..<first])
    }

    private mutating func describe(
        _ runtime: RuntimeConfiguration,
        _ settings: ProbingSettings,
        _ observe: ProbingObserver
    ) async throws -> RuntimeInfo {
        if let known = infos.info(of: runtime) { return known }
        let info = try await runner.describe(
            runtime,
            timeLimit: settings.timeLimit,
            switchInterval: settings.switchInterval
        )
        learn(info, of: runtime, observe)
        return info
    }

    private mutating func learn(_ info: RuntimeInfo, of runtime: RuntimeConfiguration, _ observe: ProbingObserver) {
        let isNew = infos.lastInfo(of: runtime) != info
        infos.remember(info, of: runtime)
        if isNew { observe(.described(runtime, info)) }
    }

    /// Runs a probe. When another program than expected ran it, the iterations and options were meant for the expected
    /// one: that is a measurement of neither, and the probe runs once more as the other program wants it.
    private mutating func measure(
        _ run: PlannedRun,
        _ settings: ProbingSettings,
        until end: ContinuousClock.Instant?,
        _ observe: ProbingObserver
    ) async throws -> Measurement {
        // A report of this very round may have changed it.
        var expected = infos.lastInfo(of: run.runtime) ?? run.info
        var previous = run.info
        for _ in 0..<2 {
            guard expected.supports(run.probe) else { throw Self.change(from: previous, to: expected) }
            let measurement = try await runner.measure(
                run.probe,
                of: run.runtime,
                describedAs: expected,
                settings: settings.limited(until: end)
            )
            guard let source = measurement.source else {
                infos.doubt(run.runtime)
                return measurement
            }
            learn(source, of: run.runtime, observe)
            if source.isSameProgram(as: expected) { return measurement }
            (previous, expected) = (expected, source)
        }
        throw Self.change(from: previous, to: expected)
    }

    private static func change(from old: RuntimeInfo, to new: RuntimeInfo) -> WorkerFailure {
        WorkerFailure(
            .protocol,
            "the runtime changed during the round, from \(old.implementation) \(old.version) (\(old.path)) to "
                + "\(new.implementation) \(new.version) (\(new.path))"
        )
    }
}

extension ProbingSettings {
    /// These settings, with time limits that end at `end`.
    fileprivate func limited(until end: ContinuousClock.Instant?) -> ProbingSettings {
        guard let end else { return self }
        var limited = self
        let left = max(.zero, end - .now)
        limited.timeLimit = min(timeLimit, left)
        limited.countdownTimeLimit = countdownTimeLimit.map { min($0, left) }
        return limited
    }
}
