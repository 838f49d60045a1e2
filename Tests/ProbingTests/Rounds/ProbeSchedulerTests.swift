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

    @Test func `while probes are disabled no round runs, and nothing is overdue`() async throws {
        var disabled = ProbingSettings.every(.milliseconds(1))
        disabled.isEnabled = false
        let schedule = Schedule(disabled)
        try await schedule.run {
            #expect(await schedule.nextDisabling())
            #expect(schedule.scheduler.makesProgress && schedule.scheduler.timeToNextRound == nil)
            await #expect(throws: OnDemandRefusal.disabled) {
                try await schedule.scheduler.run(.gil, of: "native", within: .seconds(10)) { _ in }
            }
            schedule.scheduler.apply(.every(.seconds(24 * 3600)))
            #expect(await schedule.nextRound()?.isEnabled == true)
            // During the pause, which it ends.
            schedule.scheduler.apply(disabled)
            #expect(await schedule.nextDisabling())
        }
    }

    @Test func `the scheduler is stuck when a round exceeds its time limit`() async throws {
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
    private let disablings: AsyncStream<Void>

    /// - Parameter during: runs in every round.
    init(_ settings: ProbingSettings, during: @escaping @Sendable (ProbeScheduler) -> Void = { _ in }) {
        let (rounds, finished) = AsyncStream.makeStream(of: ProbingSettings.self)
        let (plans, planned) = AsyncStream.makeStream(of: NextRound.self)
        let (disablings, disabled) = AsyncStream.makeStream(of: Void.self)
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
                case .disabled: disabled.yield()
                default: break
                }
            }
        )
        itself.withLock { [scheduler] in $0 = scheduler }
        self.rounds = rounds
        self.plans = plans
        self.disablings = disablings
    }

    /// Whether the probes are disabled, now or some time later.
    func nextDisabling() async -> Bool {
        for await _ in disablings { return true }
        return false
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

@Suite(.timeLimit(.minutes(1)))
struct ProbeSchedulerOnDemandTests {
    private static func scheduler(of runtimes: [RuntimeConfiguration] = [.native]) -> ProbeScheduler {
        ProbeScheduler(
            settings: ProbingSettings(),
            runner: ProbeRunner(launcher: WorkerLauncher(executable: "/nowhere")),
            runtimes: { _ in runtimes },
            observe: { _ in }
        )
    }

    @Test func `a probe of an unknown runtime is refused, with the valid names`() async {
        let scheduler = Self.scheduler()
        await #expect(throws: OnDemandRefusal.unknownRuntime(["native"])) {
            try await scheduler.run(.gil, of: "python9", within: .seconds(10)) { _ in }
        }
    }

    @Test func `a probe that the runtime does not support is refused at once, even while a round runs`() async throws {
        let runtime = RuntimeConfiguration(name: "fake", launch: .program(command: ["/nowhere"]))
        let scheduler = Self.scheduler(of: [runtime])
        scheduler.note(.described(runtime, Samples.info()))
        try await scheduler.turn.take {
            let refusal = await #expect(throws: OnDemandRefusal.self) {
                try await scheduler.run(.subinterpreter, of: "fake", within: .seconds(3600)) { _ in }
            }
            guard case .unsupported(let reason) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(reason.contains("cannot run subinterpreter: "))
        }
    }

    @Test func `an unsupported probe is refused as soon as the first round has asked the runtime`() async throws {
        let runtime = RuntimeConfiguration(name: "fake", launch: .program(command: ["/nowhere"]))
        let scheduler = Self.scheduler(of: [runtime])
        try await scheduler.turn.take {
            async let round = scheduler.run(.subinterpreter, of: "fake", within: .seconds(3600)) { _ in }
            while scheduler.listeners == 0 { await Task.yield() }
            scheduler.note(.described(runtime, Samples.info()))
            do {
                _ = try await round
                Issue.record("it was run")
            } catch OnDemandRefusal.unsupported(let reason) {
                #expect(reason.contains("cannot run subinterpreter: "))
            }
        }
        #expect(scheduler.listeners == 0)
    }

    @Test func `a probe that fails is a round with a failure, reported to its observer`() async throws {
        let failures = Protected(0)
        let round = try await Self.scheduler().run(.gil, of: "native", within: .seconds(10)) { event in
            if case .started(let settings) = event { #expect(settings.probes == [.gil]) }
            if case .undescribed = event { failures.withLock { $0 += 1 } }
        }
        #expect(round.measurements.isEmpty)
        #expect(round.failures.count == 1)
        #expect(failures.withLock { $0 } == 1)
    }

    @Test func `a probe waits for a round, and is refused when that takes all its time`() async throws {
        let scheduler = Self.scheduler()
        try await scheduler.turn.take {
            _ = await #expect(throws: OnDemandRefusal.busy) {
                try await scheduler.run(.gil, of: "native", within: .milliseconds(1)) { _ in }
            }
        }
    }

    @Test func `the cost of a probe is told although it is cut off`() async throws {
        let script = "while :; do :; done"
        let runtime = RuntimeConfiguration(name: "busy", launch: .program(command: ["/bin/sh", "-c", script]))
        let costs = Protected<[Double]>([])
        let scheduler = ProbeScheduler(
            settings: ProbingSettings(),
            runner: ProbeRunner(launcher: Program.launcher),
            runtimes: { _ in [runtime] },
            observe: { _ in }
        )
        let cost: @Sendable (Double) -> Void = { seconds in costs.withLock { $0.append(seconds) } }
        let round = try await scheduler.run(.single, of: "busy", within: .seconds(1), cost: cost) { _ in }
        #expect(round.failures.count == 1)
        let (count, sum) = costs.withLock { ($0.count, $0.reduce(0, +)) }
        #expect(count == 1 && sum > 0)
    }

    @Test func `a probe is refused while the CPU budget is spent, with the time until then`() async throws {
        let scheduler = Self.scheduler()
        scheduler.charge(5, at: KernelClock.monotonic())
        let refusal = await #expect(throws: OnDemandRefusal.self) {
            try await scheduler.run(.gil, of: "native", within: .seconds(10)) { _ in }
        }
        guard case .overBudget(let wait) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(wait <= .seconds(100))
        #expect(wait > .seconds(80))
    }

    @Test func `a probe delays the next round until it is paid for`() {
        let next = NextRound(after: 1, settings: ProbingSettings(), luck: 0)
        #expect(next.delayed(until: 0, since: 1_000_000_000) == next)
        let later = next.delayed(until: 101_000_000_000, since: 1_000_000_000)
        #expect(later.interval == .seconds(100))
        #expect(later.isStretched)
    }
}
