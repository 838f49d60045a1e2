import Linux
import Testing

@testable import Probing

@Suite(.timeLimit(.minutes(1)))
struct ProbeSchedulerTests {
    @Test func `a shorter interval cuts the running pause`() async throws {
        let schedule = Schedule(.every(.seconds(24 * 3600)))
        try await schedule.run {
            _ = await schedule.nextRound()
            schedule.scheduler.apply(.every(.milliseconds(1)))
            #expect(await schedule.nextRound()?.interval == .milliseconds(1))
        }
    }

    @Test func `another interval is announced while the pause goes on`() async throws {
        let schedule = Schedule(.every(.seconds(24 * 3600)))
        try await schedule.run {
            _ = await schedule.nextRound()
            schedule.scheduler.apply(.every(.seconds(12 * 3600)))
            #expect(await schedule.nextPlan()?.interval == .seconds(12 * 3600))
        }
    }

    @Test func `an interval that stays long does not end the pause`() async throws {
        let schedule = Schedule(.every(.seconds(24 * 3600)))
        try await schedule.run {
            _ = await schedule.nextRound()
            schedule.scheduler.apply(.every(.seconds(12 * 3600)))
            schedule.scheduler.apply(.every(.milliseconds(1)))
            // A round in between would have been run under twelve hours.
            #expect(await schedule.nextRound()?.interval == .milliseconds(1))
        }
    }

    @Test func `a running round finishes under its own settings, and the next one has the new`() async throws {
        let schedule = Schedule(.every(.seconds(24 * 3600))) { $0.apply(.every(.milliseconds(1))) }
        try await schedule.run {
            #expect(await schedule.nextRound()?.interval == .seconds(24 * 3600))
            #expect(await schedule.nextRound()?.interval == .milliseconds(1))
        }
    }

    @Test func `what takes longer than its time limit allows is stuck`() async throws {
        var settings = ProbingSettings.every(.seconds(24 * 3600))
        // With the patience of ten seconds: now.
        settings.timeLimit = .seconds(-10)
        let sawStuck = Protected(false)
        let schedule = Schedule(settings) { scheduler in
            while scheduler.makesProgress {}
            sawStuck.withLock { $0 = true }
        }
        #expect(schedule.scheduler.makesProgress)
        try await schedule.run {
            _ = await schedule.nextRound()
            #expect(sawStuck.withLock { $0 })
        }
    }
}

/// Rounds without runtimes, which are over at once.
private struct Schedule {
    let scheduler: ProbeScheduler
    private let rounds: AsyncStream<ProbingSettings>
    private let plans: AsyncStream<NextRound>

    /// - Parameter during: runs in every round.
    init(_ settings: ProbingSettings, during: @escaping @Sendable (ProbeScheduler) -> Void = { _ in }) {
        let (rounds, finished) = AsyncStream.makeStream(of: ProbingSettings.self)
        let (plans, planned) = AsyncStream.makeStream(of: NextRound.self)
        let itself = Protected<ProbeScheduler?>(nil)
        let current = Protected(settings)
        scheduler = ProbeScheduler(
            settings: settings,
            runner: ProbeRunner(launcher: WorkerLauncher()),
            runtimes: { _ in
                if let scheduler = itself.withLock({ $0 }) { during(scheduler) }
                return []
            },
            observe: { event in
                switch event {
                case .started(let settings): current.withLock { $0 = settings }
                case .finished: finished.yield(current.withLock { $0 })
                case .rescheduled(let next): planned.yield(next)
                default: break
                }
            }
        )
        itself.withLock { [scheduler] in $0 = scheduler }
        self.rounds = rounds
        self.plans = plans
    }

    /// The next round, when it was planned anew.
    func nextPlan() async -> NextRound? {
        for await plan in plans { return plan }
        return nil
    }

    /// The settings of the next round that has finished.
    func nextRound() async -> ProbingSettings? {
        for await settings in rounds { return settings }
        return nil
    }

    func run(_ body: () async -> Void) async throws {
        let task = Task { [scheduler] in try await scheduler.run() }
        await body()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

extension ProbingSettings {
    fileprivate static func every(_ interval: Duration) -> ProbingSettings {
        var settings = ProbingSettings()
        settings.interval = interval
        settings.jitter = 0
        settings.cpuBudget = 1
        return settings
    }
}
