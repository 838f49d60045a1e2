import Linux
import Testing

@testable import Probing

struct NextRoundTests {
    private let settings: ProbingSettings = {
        var settings = ProbingSettings()
        settings.interval = .seconds(60)
        settings.jitter = 0.1
        settings.cpuBudget = 0.05
        return settings
    }()

    @Test(arguments: [(-1.0, 54.0), (0, 60), (1, 66)])
    func `after a cheap round, the next one comes after the interval and its jitter`(luck: Double, seconds: Double) {
        let next = NextRound(after: 1, settings: settings, luck: luck)
        #expect(abs(next.interval.seconds - seconds) < 1e-6)
        #expect(!next.isStretched)
    }

    @Test func `an expensive round delays the next one until it is paid for`() {
        let next = NextRound(after: 5, settings: settings, luck: 0)
        #expect(abs(next.interval.seconds - 100) < 1e-6)
        #expect(next.isStretched)
    }

    @Test func `an interval within the jitter is not stretched`() {
        let next = NextRound(after: 3.2, settings: settings, luck: -1)
        #expect(abs(next.interval.seconds - 64) < 1e-6)
        #expect(!next.isStretched)
    }

    @Test func `the average keeps the budget for every cost and every jitter`() {
        for cost in stride(from: 0.0, through: 20, by: 0.25) {
            for luck in stride(from: -1.0, through: 1, by: 0.125) {
                let next = NextRound(after: cost, settings: settings, luck: luck)
                #expect(cost / next.interval.seconds <= settings.cpuBudget * (1 + 1e-9))
            }
        }
    }
}

struct CPUAccountTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a cost is paid for when it keeps the budget`() {
        var account = CPUAccount()
        #expect(account.paidFor(budget: 0.05) == 0)
        account.charge(0.5, at: 100 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 110 * Self.second)
        #expect(account.paidFor(budget: 0.5) == 101 * Self.second, "another budget counts from the same moment")
    }

    @Test func `a cost adds to what is not paid for yet, and not to what is`() {
        var account = CPUAccount()
        account.charge(0.5, at: 100 * Self.second, budget: 0.05)
        account.charge(0.5, at: 105 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 120 * Self.second)
        account.charge(0.5, at: 1000 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 1010 * Self.second, "idle time is not saved up")
    }
}
