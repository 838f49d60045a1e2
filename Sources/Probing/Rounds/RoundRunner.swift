import Linux

/// Runs rounds: one probe at a time, never two.
package struct RoundRunner: Sendable {
    private let probes: ProbeRunner
    private let observe: ProbingObserver
    private var roster = RuntimeRoster()
    private var number = 0

    package init(probes: ProbeRunner, observe: @escaping ProbingObserver) {
        self.probes = probes
        self.observe = observe
    }

    /// Runs one round.
    ///
    /// - Throws: `CancellationError` when the task was cancelled; then no worker is left.
    package mutating func run(_ runtimes: [RuntimeSpecification], settings: ProbingSettings) async throws -> Round {
        let cpuBefore = ChildrenUsage.cpuSeconds()
        var round = Round(number: number)
        number += 1
        var plan: [PlannedRun] = []
        var descriptions: [(runtime: String, description: RuntimeDescription?)] = []
        for runtime in runtimes {
            let asked = ContinuousClock.now
            do {
                let description = try await describe(runtime, settings)
                descriptions.append((runtime.name, description))
                plan += settings.probes.filter(description.supports).map { PlannedRun(runtime, description, $0) }
            } catch let failure as WorkerFailure {
                descriptions.append((runtime.name, nil))
                observe(.undescribed(runtime, failure, after: asked.duration(to: .now)))
                round.runs += settings.probes.map {
                    Round.Run(runtime: runtime.name, probe: $0, outcome: .failure(failure))
                }
            }
        }
        observe(.planned(descriptions))
        for (done, planned) in Self.order(plan, round: round.number).enumerated() {
            let name = planned.runtime.name
            observe(.began(runtime: name, probe: planned.probe, done: done, of: plan.count))
            let outcome: Result<Measurement, WorkerFailure>
            do {
                let measurement = try await measure(planned, settings)
                observe(.measured(measurement))
                outcome = .success(measurement)
            } catch let failure as WorkerFailure {
                // Perhaps because it is another program by now.
                roster.doubt(planned.runtime)
                observe(.failed(runtime: name, probe: planned.probe, failure))
                outcome = .failure(failure)
            }
            round.runs.append(Round.Run(runtime: name, probe: planned.probe, outcome: outcome))
        }
        // A program that ignores SIGCHLD hides the CPU time of its processes from the kernel's sum, but not from its report.
        round.cpuSeconds = max(ChildrenUsage.cpuSeconds() - cpuBefore, round.reportedCPUSeconds)
        return round
    }

    /// Begins one place further on in every round, so that no probe always runs first, on the coolest CPU.
    static func order<Run>(_ runs: [Run], round: Int) -> [Run] {
        guard !runs.isEmpty else { return [] }
        let first = round % runs.count
        return Array(runs[first...] + runs[..<first])
    }

    private mutating func describe(
        _ runtime: RuntimeSpecification,
        _ settings: ProbingSettings
    ) async throws -> RuntimeDescription {
        if let known = roster.description(of: runtime) { return known }
        let description = try await probes.describe(runtime, timeLimit: settings.timeLimit)
        learn(description, of: runtime)
        return description
    }

    private mutating func learn(_ description: RuntimeDescription, of runtime: RuntimeSpecification) {
        let isNews = roster.lastDescription(of: runtime) != description
        roster.remember(description, of: runtime)
        if isNews { observe(.described(runtime, description)) }
    }

    /// Runs a probe. When another program than expected has run it, of which the iterations and options were not meant,
    /// that is no measurement of either, and it is run once more as the other one wants it.
    private mutating func measure(_ run: PlannedRun, _ settings: ProbingSettings) async throws -> Measurement {
        // Another one may have said so in this very round.
        var expected = roster.lastDescription(of: run.runtime) ?? run.description
        var previous = run.description
        for _ in 0..<2 {
            guard expected.supports(run.probe) else { throw Self.change(from: previous, to: expected) }
            let measurement = try await probes.measure(
                run.probe,
                of: run.runtime,
                describedAs: expected,
                settings: settings
            )
            guard let source = measurement.source else {
                roster.doubt(run.runtime)
                return measurement
            }
            learn(source, of: run.runtime)
            if source.isSameProgram(as: expected) { return measurement }
            (previous, expected) = (expected, source)
        }
        throw Self.change(from: previous, to: expected)
    }

    private static func change(from old: RuntimeDescription, to new: RuntimeDescription) -> WorkerFailure {
        WorkerFailure(
            .protocol,
            "the runtime changed during the round, from \(old.implementation) \(old.version) (\(old.path)) to "
                + "\(new.implementation) \(new.version) (\(new.path))"
        )
    }
}

/// A probe that is to be run in a round.
private struct PlannedRun: Sendable {
    var runtime: RuntimeSpecification
    var description: RuntimeDescription
    var probe: Probe

    init(_ runtime: RuntimeSpecification, _ description: RuntimeDescription, _ probe: Probe) {
        self.runtime = runtime
        self.description = description
        self.probe = probe
    }
}
