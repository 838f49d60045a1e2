import Testing

@testable import Probing

struct TimeLedgerTests {
    private let ledger = TimeLedger(
        iterations: 1,
        wall: 100,
        user: 40,
        system: 10,
        runQueue: 20,
        lockWait: 25,
        voluntarySwitches: 3,
        involuntarySwitches: 4
    )

    @Test func `the rest is the time that no part explains`() {
        #expect(ledger.cpu == 50)
        #expect(ledger.rest == 5)
    }

    @Test func `parts longer than the whole leave no rest`() {
        var ledger = ledger
        ledger.user = 60
        #expect(ledger.rest == 0)
    }

    @Test func `the rest is unknown if a part is unknown`() {
        var ledger = ledger
        ledger.runQueue = nil
        #expect(ledger.rest == nil)
        ledger.runQueue = 20
        ledger.lockWait = nil
        #expect(ledger.rest == nil)
    }

    @Test func `two ledgers add up part by part`() {
        let both = TimeLedger(
            iterations: 2,
            wall: 200,
            user: 80,
            system: 20,
            runQueue: 40,
            lockWait: 50,
            voluntarySwitches: 6,
            involuntarySwitches: 8
        )
        #expect(ledger + ledger == both)
    }

    @Test func `a part that is unknown in one ledger is unknown in the sum`() {
        var other = ledger
        other.runQueue = nil
        other.involuntarySwitches = nil
        for sum in [ledger + other, other + ledger] {
            #expect(sum.runQueue == nil)
            #expect(sum.involuntarySwitches == nil)
            #expect(sum.lockWait == 50)
            #expect(sum.voluntarySwitches == 6)
        }
    }
}
