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

struct BlockedWorkersTests {
    /// The share of a run of two workers of 100 ms each.
    private func ratio(
        _ probe: Probe,
        cpu: UInt64,
        runQueue: UInt64?,
        _ disturbances: Set<Disturbance> = []
    ) -> Double? {
        let ledger = TimeLedger(iterations: 1, wall: 100, user: cpu, system: 0, runQueue: runQueue)
        return Measurement(
            runtime: "native",
            probe: probe,
            setup: 1,
            duration: 100,
            ledgers: [ledger, ledger],
            disturbances: disturbances,
            finished: 0
        )
        .blockedRatio
    }

    @Test func `workers without a common lock can always run, or wait for a CPU`() throws {
        #expect(try abs(#require(ratio(.lockfree, cpu: 60, runQueue: 40))) < 1e-9)
        #expect(try abs(#require(ratio(.multiprocess, cpu: 60, runQueue: 10)) - 0.3) < 1e-9)
    }

    @Test func `waits for a lock, time of a hypervisor, and sleep that is meant are no standstill`() {
        #expect(ratio(.gil, cpu: 10, runQueue: 0) == nil)
        #expect(ratio(.lockfree, cpu: 10, runQueue: 0, [.steal]) == nil)
        #expect(ratio(.latency, cpu: 10, runQueue: 0) == nil)
    }

    @Test func `without what the kernel does not count, a standstill is unknown`() {
        #expect(ratio(.lockfree, cpu: 10, runQueue: nil) == nil)
    }
}
