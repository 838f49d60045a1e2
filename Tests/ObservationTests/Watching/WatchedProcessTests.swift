import Testing

@testable import Observation

struct WatchedProcessTests {
    private let earlier = ProcessObservation(
        version: PythonVersion(major: 3, minor: 11, micro: 2),
        build: .gil,
        observed: .seconds(8),
        samples: 800,
        locks: LockTotals(held: .seconds(5), wait: .seconds(7), switches: 1000, timedWaits: 2000, forcedHandoffs: 900),
        waitingThreads: 2
    )

    @Test func `ratios and rates refer to the observed time`() throws {
        var later = earlier
        later.observed += .seconds(2)
        later.samples += 200
        later.locks += LockTotals(
            held: .seconds(1),
            wait: .seconds(3),
            switches: 400,
            timedWaits: 600,
            waitsEnded: 300,
            forcedHandoffs: 100
        )
        let activity = try #require(WatchedProcess.Activity(from: earlier, to: later))
        #expect(activity.rate(of: .held) == 0.5)
        #expect(activity.rate(of: .wait) == 1.5)
        #expect(activity.rate(of: .samples) == 100)
        #expect(activity.rate(of: .switches) == 200)
        #expect(activity.rate(of: .timedWaits) == 300)
        #expect(activity.rate(of: .waitsEnded) == 150)
        #expect(activity.rate(of: .forcedHandoffs) == 50)
    }

    @Test func `parts of held and waiting time follow from the shares of the last seconds`() throws {
        var later = earlier
        later.observed += .seconds(2)
        later.locks += LockTotals(held: .seconds(1), wait: .seconds(3))
        var recent = earlier
        recent.locks += LockTotals(held: .seconds(4), wait: .seconds(10))
        recent.holders = HolderTotals(onCPU: .seconds(3), stalledWait: .seconds(2))
        let holders = HolderShares(from: earlier, to: recent)
        let activity = try #require(WatchedProcess.Activity(from: earlier, to: later, holders: holders))
        #expect(activity.rate(of: .heldOnCPU) == 0.375)
        #expect(activity.rate(of: .stalledWait) == 0.3)
    }

    @Test func `of no waiting time, no part is stalled; of an unknown one, the part is unknown`() throws {
        var later = earlier
        later.observed += .seconds(2)
        let unknown = HolderShares(from: earlier, to: earlier)
        let idle = try #require(WatchedProcess.Activity(from: earlier, to: later, holders: unknown))
        #expect(idle.rate(of: .stalledWait) == 0)
        later.locks.wait += .seconds(1)
        let busy = try #require(WatchedProcess.Activity(from: earlier, to: later, holders: unknown))
        #expect(busy.rate(of: .stalledWait) == nil)
    }

    @Test func `the error is that of random samples, and never less than what one more could have found`() throws {
        var later = earlier
        later.observed += .seconds(4)
        later.samples += 400
        let idle = try #require(WatchedProcess.Activity(from: earlier, to: later))
        #expect(idle.heldError == 0.0025 && idle.waitError == 0.0025)
        // Held half of the time; two threads wait in one half of it, and none in the other.
        later.locks += LockTotals(held: .seconds(2), wait: .seconds(4), squaredWait: 8)
        let busy = try #require(WatchedProcess.Activity(from: earlier, to: later))
        let weights = (13.0 / 12).squareRoot()
        #expect(abs(try #require(busy.heldError) - 0.5 / 20 * weights) < 1e-8)
        #expect(abs(try #require(busy.waitError) - 1.0 / 20 * weights) < 1e-8)
    }

    @Test func `without a sample in between the activity is unknown`() {
        #expect(WatchedProcess.Activity(from: earlier, to: earlier) == nil)
    }

    @Test func `values that a C library hides stay unknown`() throws {
        var hidden = earlier
        hidden.hidesWaiters = true
        var later = hidden
        later.observed += .seconds(1)
        later.locks.held += .seconds(1)
        let activity = try #require(WatchedProcess.Activity(from: hidden, to: later))
        #expect(activity.rate(of: .held) == 1)
        #expect(activity.rate(of: .wait) == nil)
        #expect(activity.rate(of: .stalledWait) == nil)
        #expect(activity.rate(of: .timedWaits) == nil)
        #expect(activity.rate(of: .waitsEnded) == nil)
        #expect(activity.rate(of: .forcedHandoffs) == nil)
    }
}
