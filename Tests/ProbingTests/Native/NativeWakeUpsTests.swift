import Linux
import Testing

@testable import Probing

struct NativeWakeUpsTests {
    @Test func `each kind of lock has a phase with all wake-ups, after one with the waking worker alone`() throws {
        let results = try NativeWakeUps(count: 5, timeLimit: nil, switchInterval: 1_000_000).run(3)
        #expect(results.map(\.phase.lock) == [.alone, .shared, .none])
        #expect(results.map(\.phase.workers) == [1, 3, 3])
        #expect(results.allSatisfy { $0.phase.delays.count == 5 })
    }

    @Test func `the waking worker counts no decrements, the others do`() throws {
        for result in try NativeWakeUps(count: 5, timeLimit: nil, switchInterval: 1_000_000).run(2) {
            let iterations = result.timing.ledgers.map(\.iterations)
            #expect(iterations[0] == 0)
            #expect(iterations.dropFirst().allSatisfy { $0 > 0 })
        }
    }

    @Test func `a phase ends at the first wake-up after its limit`() throws {
        let results = try NativeWakeUps(count: .max, timeLimit: 1, switchInterval: 1_000_000).run(2)
        #expect(results.map(\.phase.delays.count) == [1, 1, 1])
    }

    @Test func `a delay reaches from the deadline to the lock, at most the time of the phase`() throws {
        for result in try NativeWakeUps(count: 20, timeLimit: nil, switchInterval: 2_000_000).run(2) {
            let delays = result.phase.delays
            #expect(delays.allSatisfy { $0 > 0 && $0 < result.phase.duration })
            // A deadline comes after the end of the delay before it.
            #expect(delays.reduce(0, +) <= result.timing.ledgers[0].wall)
        }
    }

    @Test func `a worker that shares the lock waits for it, nearly always for a switch interval`() throws {
        let interval: UInt64 = 3_000_000
        let results = try NativeWakeUps(count: 20, timeLimit: nil, switchInterval: interval).run(2)
        let shared = try #require(results.first { $0.phase.lock == .shared }).phase
        // Earlier only when the other worker lost the lock or had not taken it yet.
        #expect(shared.delays.count { $0 >= interval } >= 10, "\(shared.delays)")
    }
}
