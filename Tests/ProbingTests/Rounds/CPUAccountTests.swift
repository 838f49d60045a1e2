import Testing

@testable import Probing

@Suite("The CPU account")
struct CPUAccountTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("is paid when what was used keeps the budget")
    func paid() {
        var account = CPUAccount()
        #expect(account.paidFor(budget: 0.05) == 0)
        account.charge(0.5, at: 100 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 110 * Self.second)
        #expect(account.paidFor(budget: 0.5) == 101 * Self.second, "another budget counts from the same moment")
    }

    @Test("adds to what is not paid yet, and forgets what is")
    func charges() {
        var account = CPUAccount()
        account.charge(0.5, at: 100 * Self.second, budget: 0.05)
        account.charge(0.5, at: 105 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 120 * Self.second)
        account.charge(0.5, at: 1000 * Self.second, budget: 0.05)
        #expect(account.paidFor(budget: 0.05) == 1010 * Self.second, "idle time is not saved up")
    }
}
