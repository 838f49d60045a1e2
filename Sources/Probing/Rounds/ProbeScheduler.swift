import Linux

/// Runs rounds at their interval, and single probes on demand in between, until it is cancelled.
package final class ProbeScheduler: Sendable {
    private struct State: Sendable {
        /// The settings of the next round.
        var settings: ProbingSettings
        /// The time of the next event at the latest: after it, something is stuck.
        var due: UInt64 = .max
        /// When the next round starts; nil while one runs.
        var nextRound: UInt64?
        /// The cost of rounds and probes on demand.
        var account = CPUAccount()
        /// The pause between two rounds, while there is one.
        var pause: Task<Void, any Error>?
        /// The last answers of the runtimes in scheduled rounds.
        var infos: [RuntimeConfiguration: RuntimeInfo] = [:]
        /// Probes on demand that wait for the answer of their runtime, by number.
        var listeners: [Int: (runtime: RuntimeConfiguration, answers: AsyncStream<RuntimeInfo>.Continuation)] = [:]
        var nextListener = 0
    }

    /// The time limit ends a worker, so the next event follows every event within it, plus some time to clean up.
    private static let patience = Duration.seconds(10)

    private let runtimes: @Sendable (ProbingSettings) -> [RuntimeConfiguration]
    private let runner: ProbeRunner
    let turn = ProbingTurn()
    private let observe: ProbingObserver
    private let state: Protected<State>

    /// - Parameters:
    ///   - runtimes: returns the runtimes to probe; called for every round.
    ///   - observe: receives every event of every round.
    package init(
        settings: ProbingSettings,
        runner: ProbeRunner,
        runtimes: @escaping @Sendable (ProbingSettings) -> [RuntimeConfiguration],
        observe: @escaping ProbingObserver
    ) {
        state = Protected(State(settings: settings))
        self.runner = runner
        self.runtimes = runtimes
        self.observe = observe
    }

    /// False when an event is overdue, because something is stuck.
    package var makesProgress: Bool {
        KernelClock.monotonic() <= state.withLock { $0.due }
    }

    /// Time until the next round starts; nil while one runs, and before the first.
    package var timeToNextRound: Duration? {
        let next = state.withLock { $0.nextRound }
        return next.map { next in
            let now = KernelClock.monotonic()
            return .nanoseconds(Int64(clamping: next > now ? next - now : 0))
        }
    }

    /// Applies new settings. A running round finishes under its own. A pause ends when it would have ended if the new
    /// settings had been in force at its start, which may be now.
    package func apply(_ settings: ProbingSettings) {
        state.withLock { state in
            state.settings = settings
            state.pause?.cancel()
        }
    }

    /// The settings of the next round.
    package var settings: ProbingSettings { state.withLock { $0.settings } }

    /// Time until the CPU budget allows for more; nil when it does now.
    private var timeUntilPaid: Duration? {
        let paid = state.withLock { $0.account.paidFor(budget: $0.settings.cpuBudget) }
        let now = KernelClock.monotonic()
        return paid > now ? .nanoseconds(Int64(clamping: paid - now)) : nil
    }

    /// Counts the cost of a run that began at `start`, which may lengthen a pause.
    func charge(_ cpuSeconds: Double, at start: UInt64) {
        state.withLock { state in
            state.account.charge(cpuSeconds, at: start, budget: state.settings.cpuBudget)
            state.pause?.cancel()
        }
    }

    /// Runs until the task is cancelled.
    ///
    /// - Throws: `CancellationError`.
    package func run() async throws {
        var rounds = RoundRunner(runner: runner)
        while true {
            let settings = try await enabledSettings()
            // Probes on demand may be running, which tell of their progress, too.
            expectProgress(within: settings.timeLimit)
            let (round, started) = try await turn.take {
                let started = KernelClock.monotonic()
                expectProgress(within: settings.timeLimit)
                let round = try await rounds.run(runtimes(settings), settings: settings) { event in
                    expectProgress(within: settings.timeLimit)
                    note(event)
                    observe(event)
                }
                return (round, started)
            }
            charge(round.cpuSeconds, at: started)
            let luck = Double.random(in: -1...1)
            let next = NextRound(after: round.cpuSeconds, settings: settings, luck: luck)
            observe(.finished(round, next: next))
            try await pause(since: started, announced: next) { settings in
                NextRound(after: round.cpuSeconds, settings: settings, luck: luck)
            }
        }
    }

    /// Waits for the next round, and plans it again whenever the settings change.
    private func pause(
        since started: UInt64,
        announced: NextRound,
        plan: (ProbingSettings) -> NextRound
    ) async throws {
        var announced = announced
        while true {
            // Planned under the same lock as its settings are read, so that no change is missed.
            let (pause, next): (Task<Void, any Error>?, NextRound) = state.withLock { state in
                guard state.settings.isEnabled else { return (nil, announced) }
                let now = KernelClock.monotonic()
                let next = plan(state.settings).delayed(
                    until: state.account.paidFor(budget: state.settings.cpuBudget),
                    since: started
                )
                let end = started + UInt64(max(0, next.interval.nanoseconds))
                state.due = max(now, end) + UInt64(Self.patience.nanoseconds)
                state.nextRound = end
                let rest = end > now ? Duration.nanoseconds(Int64(clamping: end - now)) : nil
                state.pause = rest.map { rest in Task { try await Task.sleep(for: rest) } }
                return (state.pause, next)
            }
            if next != announced { observe(.rescheduled(next)) }
            announced = next
            guard let pause else { return }
            try await wait(for: pause)
        }
    }

    /// The settings of a round that starts now. Waits while they disable the probes.
    private func enabledSettings() async throws -> ProbingSettings {
        var isAnnounced = false
        while true {
            let (settings, pause): (ProbingSettings, Task<Void, any Error>?) = state.withLock { state in
                state.nextRound = nil
                guard !state.settings.isEnabled else { return (state.settings, nil) }
                state.due = .max
                state.pause = Task { while true { try await Task.sleep(for: .seconds(24 * 3600)) } }
                return (state.settings, state.pause)
            }
            guard let pause else { return settings }
            if !isAnnounced { observe(.disabled) }
            isAnnounced = true
            try await wait(for: pause)
        }
    }

    /// Waits until a pause has ended, or new settings have cancelled it.
    private func wait(for pause: Task<Void, any Error>) async throws {
        await withTaskCancellationHandler {
            _ = await pause.result
        } onCancel: {
            pause.cancel()
        }
        try Task.checkCancellation()
    }

    /// Remembers what the runtimes of scheduled rounds support.
    func note(_ event: ProbingEvent) {
        switch event {
        case .described(let runtime, let info):
            state.withLock { state in
                state.infos[runtime] = info
                for listener in state.listeners.values where listener.runtime == runtime {
                    listener.answers.yield(info)
                }
            }
        // A configuration that is not used any more must not stay for ever.
        case .planned(let known):
            let names = Set(known.map(\.runtime))
            state.withLock { state in state.infos = state.infos.filter { names.contains($0.key.name) } }
        default: break
        }
    }

    private func expectProgress(within limit: Duration) {
        let due = Self.due(within: limit)
        state.withLock { $0.due = due }
    }

    /// Notes the progress of a probe on demand. A round may wait for it, or the pause go on for longer.
    private func allowMore(within limit: Duration) {
        let due = Self.due(within: limit)
        state.withLock { $0.due = max($0.due, due) }
    }

    private static func due(within limit: Duration) -> UInt64 {
        KernelClock.monotonic() + UInt64((limit + patience).nanoseconds)
    }
}

/// Why the scheduler does not run a probe on demand.
package enum OnDemandRefusal: Error, Sendable, Equatable {
    /// The settings disable all probes.
    case disabled
    /// The valid names are these.
    case unknownRuntime([String])
    /// The CPU budget is spent for this time from now.
    case overBudget(Duration)
    /// A running round took all of the time limit.
    case busy
    /// The runtime cannot run the probe, for this reason.
    case unsupported(String)
}

extension ProbeScheduler {
    /// Time reserved for killing a worker that exceeds its time limit, before the client gives up.
    private static let cleanup = Duration.milliseconds(300)

    /// Runs one probe as soon as no round is running. The CPU budget includes its cost: it is refused while the budget
    /// is spent, and may delay the next round.
    ///
    /// - Parameters:
    ///   - limit: the time limit, the wait for a running round included.
    ///   - cost: receives the seconds of CPU, also of a run that is cut off.
    ///   - observe: receives the events of this run, which the scheduler's own observer does not.
    /// - Throws: ``OnDemandRefusal``; `CancellationError` when the task was cancelled meanwhile.
    package func run(
        _ probe: Probe,
        of runtime: String,
        within limit: Duration,
        cost: @escaping @Sendable (Double) -> Void = { _ in },
        observe: @escaping ProbingObserver
    ) async throws -> Round {
        let settings = settings
        guard settings.isEnabled else { throw OnDemandRefusal.disabled }
        let known = runtimes(settings)
        guard let configuration = known.first(where: { $0.name == runtime }) else {
            throw OnDemandRefusal.unknownRuntime(known.map(\.name))
        }
        // Neither a running round nor the budget would change that.
        if let info = state.withLock({ $0.infos[configuration] }) { try Self.check(info, runs: probe) }
        let end = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: Round?.self) { race in
            defer { race.cancelAll() }
            race.addTask { [self] in
                try await turn.take {
                    try await run(probe, of: configuration, settings, until: end - Self.cleanup, cost, observe)
                }
            }
            race.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            // A round asks all runtimes before it runs the first probe, so this takes no longer.
            race.addTask { [self] in
                try await refuse(probe, of: configuration)
                throw CancellationError()
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
        _ cost: (Double) -> Void,
        _ observe: @escaping ProbingObserver
    ) async throws -> Round {
        if let wait = timeUntilPaid { throw OnDemandRefusal.overBudget(wait) }
        guard end > .now else { throw OnDemandRefusal.busy }
        var settings = settings
        settings.probes = [probe]
        let limit = settings.timeLimit
        allowMore(within: limit)
        let (started, cpuBefore) = (KernelClock.monotonic(), ChildrenUsage.cpuSeconds())
        let reported = Protected(0.0)
        // A failed run costs CPU, too.
        defer {
            let seconds = max(ChildrenUsage.cpuSeconds() - cpuBefore, reported.withLock { $0 })
            charge(seconds, at: started)
            cost(seconds)
        }
        var rounds = RoundRunner(runner: runner)
        let description = Protected<RuntimeInfo?>(nil)
        let round = try await rounds.run([runtime], settings: settings, until: end) { event in
            allowMore(within: limit)
            if case .described(_, let info) = event { description.withLock { $0 = info } }
            observe(event)
        }
        reported.withLock { $0 = round.cpuSeconds }
        if round.runs.isEmpty, let info = description.withLock({ $0 }) { try Self.check(info, runs: probe) }
        return round
    }

    /// Waits until a scheduled round has found that the runtime cannot run the probe. Returns only when the task is
    /// cancelled.
    private func refuse(_ probe: Probe, of runtime: RuntimeConfiguration) async throws {
        let (answers, continuation) = AsyncStream.makeStream(of: RuntimeInfo.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            defer { state.nextListener += 1 }
            state.listeners[state.nextListener] = (runtime, continuation)
            if let known = state.infos[runtime] { continuation.yield(known) }
            return state.nextListener
        }
        defer { state.withLock { $0.listeners[number] = nil } }
        for await info in answers { try Self.check(info, runs: probe) }
    }

    /// Probes on demand that wait for the answer of their runtime.
    var listeners: Int { state.withLock { $0.listeners.count } }

    private static func check(_ info: RuntimeInfo, runs probe: Probe) throws(OnDemandRefusal) {
        if let reason = info.refusal(of: probe) { throw .unsupported(reason) }
    }
}
