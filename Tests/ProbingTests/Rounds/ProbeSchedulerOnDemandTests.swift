import Linux
import Testing

@testable import Probing

@Suite("A probe on demand", .timeLimit(.minutes(1)))
struct ProbeSchedulerOnDemandTests {
    private static func scheduler(of runtimes: [RuntimeConfiguration] = [.native]) -> ProbeScheduler {
        ProbeScheduler(
            settings: ProbingSettings(),
            runner: ProbeRunner(launcher: WorkerLauncher(executable: "/nowhere")),
            runtimes: { _ in runtimes },
            observe: { _ in }
        )
    }

    @Test("of a runtime that there is not is refused with those that there are")
    func unknownRuntime() async {
        let scheduler = Self.scheduler()
        await #expect(throws: OnDemandRefusal.unknownRuntime(["native"])) {
            try await scheduler.run(.gil, of: "python9", within: .seconds(10)) { _ in }
        }
    }

    @Test("that fails is a round with a failure, told only to the one who has asked")
    func failure() async throws {
        let failures = Protected(0)
        let round = try await Self.scheduler().run(.gil, of: "native", within: .seconds(10)) { event in
            if case .started(let settings) = event { #expect(settings.probes == [.gil]) }
            if case .undescribed = event { failures.withLock { $0 += 1 } }
        }
        #expect(round.measurements.isEmpty)
        #expect(round.failures.count == 1)
        #expect(failures.withLock { $0 } == 1)
    }

    @Test("waits for a round, and is refused when that takes all its time")
    func busy() async throws {
        let scheduler = Self.scheduler()
        try await scheduler.turn.take {
            _ = await #expect(throws: OnDemandRefusal.busy) {
                try await scheduler.run(.gil, of: "native", within: .milliseconds(1)) { _ in }
            }
        }
    }

    @Test("is refused while the CPU budget is spent, and says for how long it is")
    func overBudget() async throws {
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

    @Test("delays the next round until it is paid for")
    func delays() {
        let next = NextRound(after: 1, settings: ProbingSettings(), luck: 0)
        #expect(next.delayed(until: 0, since: 1_000_000_000) == next)
        let later = next.delayed(until: 101_000_000_000, since: 1_000_000_000)
        #expect(later.interval == .seconds(100))
        #expect(later.isStretched)
    }
}
