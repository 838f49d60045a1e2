import Linux

/// Runs a round, waits, runs the next, until it is cancelled.
package final class ProbeScheduler: Sendable {
    private struct State: Sendable {
        /// What the next round is run under.
        var settings: ProbingSettings
        /// When something must have happened, or something is stuck.
        var due: UInt64 = .max
        /// When the next round starts; nil while one runs.
        var nextRound: UInt64?
        /// What rounds and probes on demand have cost together.
        var account = CPUAccount()
        /// The pause between two rounds, while there is one.
        var pause: Task<Void, any Error>?
    }

    /// The time limit ends a worker, so every event is followed by another one within it, and some time to clean up.
    private static let patience = Duration.seconds(10)

    let runtimes: @Sendable (ProbingSettings) -> [RuntimeConfiguration]
    let runner: ProbeRunner
    let turn = ProbingTurn()
    private let observe: ProbingObserver
    private let state: Protected<State>

    /// - Parameters:
    ///   - runtimes: which runtimes to probe; asked anew for every round.
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

    /// Whether it has done, in time, what it had to do by now. False only when something is stuck.
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

    /// Takes other settings. A round that is running finishes under its own; a pause ends when it would have ended had
    /// these been the settings when it began, which may be now.
    package func apply(_ settings: ProbingSettings) {
        state.withLock { state in
            state.settings = settings
            state.pause?.cancel()
        }
    }

    /// Those of the next round.
    package var settings: ProbingSettings { state.withLock { $0.settings } }

    /// Time until the CPU budget allows for more; nil where it does so now.
    var timeUntilPaid: Duration? {
        let paid = state.withLock { $0.account.paidFor(budget: $0.settings.cpuBudget) }
        let now = KernelClock.monotonic()
        return paid > now ? .nanoseconds(Int64(clamping: paid - now)) : nil
    }

    /// Counts what a run has used that began at `start`. A pause becomes longer where that is needed to pay for it.
    func charge(_ cpuSeconds: Double, at start: UInt64) {
        state.withLock { state in
            state.account.charge(cpuSeconds, at: start, budget: state.settings.cpuBudget)
            state.pause?.cancel()
        }
    }

    /// - Throws: `CancellationError`, when the task is cancelled; nothing else ends it.
    package func run() async throws {
        var rounds = RoundRunner(runner: runner)
        while true {
            let settings = state.withLock { state in
                state.nextRound = nil
                return state.settings
            }
            // A probe on demand has no more time than one of a round.
            expectProgress(within: settings.timeLimit)
            let (round, started) = try await turn.take {
                let started = KernelClock.monotonic()
                expectProgress(within: settings.timeLimit)
                let round = try await rounds.run(runtimes(settings), settings: settings) { event in
                    expectProgress(within: settings.timeLimit)
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

    /// Waits for the next round, which is planned anew whenever the settings change.
    private func pause(
        since started: UInt64,
        announced: NextRound,
        plan: (ProbingSettings) -> NextRound
    ) async throws {
        var announced = announced
        while true {
            // Under one lock with the settings that it follows from, so that no change is missed.
            let (pause, next) = state.withLock { state in
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
            await withTaskCancellationHandler {
                _ = await pause.result
            } onCancel: {
                pause.cancel()
            }
            try Task.checkCancellation()
        }
    }

    private func expectProgress(within limit: Duration) {
        let due = KernelClock.monotonic() + UInt64((limit + Self.patience).nanoseconds)
        state.withLock { $0.due = due }
    }
}
