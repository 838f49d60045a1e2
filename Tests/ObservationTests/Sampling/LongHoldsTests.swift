import Testing

@testable import Observation

struct LongHoldsTests {
    private let millisecond: UInt64 = 1_000_000
    private let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 11, micro: 2))

    /// The lock while its first thread holds it.
    private func state(switches: UInt64 = 42, waiting: Int = 3, interval: UInt64 = 5000) throws -> GILState {
        let memory = ChangingMemory(python.image)
        var reader = try GILReader(of: python.location, in: memory)
        try reader.read(memory)
        var state = reader.states[0]
        state.switches = switches
        state.contenders?.waitingThreads = waiting
        state.switchInterval = interval
        return state
    }

    /// Samples every 10 ms. Counts the long holds, and their milliseconds.
    private func found(_ states: [GILState]) -> (holds: UInt64, milliseconds: UInt64) {
        var holds = LongHolds()
        var now: UInt64 = 5_000_000_000
        var sum: (holds: UInt64, milliseconds: UInt64) = (0, 0)
        for state in states {
            now += 10 * millisecond
            let added = holds.add(state, 10 * millisecond, at: now)
            sum.holds += added.holds
            sum.milliseconds += added.nanoseconds / millisecond
        }
        return sum
    }

    @Test(arguments: [(5, 0, 0), (6, 1, 60), (20, 1, 200)] as [(Int, UInt64, UInt64)])
    func `a hold counts from 50 ms on, with all of its time`(samples: Int, holds: UInt64, milliseconds: UInt64) throws {
        let sum = found(Array(repeating: try state(), count: samples))
        #expect(sum == (holds, milliseconds))
    }

    @Test func `a switch begins another hold`() throws {
        let first = Array(repeating: try state(), count: 10)
        let second = Array(repeating: try state(switches: 44), count: 10)
        #expect(found(first + second) == (2, 200))
        let short = Array(repeating: try state(switches: 43), count: 3)
        #expect(found(first + short + second) == (2, 200))
    }

    @Test func `time in which nobody waits does not count`() throws {
        let alone = Array(repeating: try state(waiting: 0), count: 10)
        #expect(found(alone) == (0, 0))
        // A thread begins to wait in the middle of the hold.
        #expect(found(alone + Array(repeating: try state(waiting: 1), count: 7)) == (1, 70))
        var free = try state()
        free.isHeld = false
        #expect(found(Array(repeating: free, count: 10)) == (0, 0))
    }

    @Test func `a hold has to be longer than two switch intervals`() throws {
        #expect(found(Array(repeating: try state(interval: 100_000), count: 20)) == (0, 0))
        #expect(found(Array(repeating: try state(interval: 100_000), count: 21)) == (1, 210))
        #expect(found(Array(repeating: try state(interval: .max), count: 100)) == (0, 0))
    }

    @Test func `a hold that was not looked at for long is not known to have lasted`() throws {
        var holds = LongHolds()
        let state = try state()
        _ = holds.add(state, 10 * millisecond, at: 5_000_000_000)
        holds.interrupt()
        #expect(holds.add(state, 10 * millisecond, at: 9_000_000_000) == (0, 0))
    }

    @Test func `time in which the holder had no CPU does not count`() throws {
        let state = try state()
        func sum(_ progress: (UInt64) -> ThreadProgress) -> (holds: UInt64, milliseconds: UInt64) {
            var holds = LongHolds()
            var sum: (holds: UInt64, milliseconds: UInt64) = (0, 0)
            for sample: UInt64 in 1...20 {
                let now = 5_000_000_000 + sample * 10 * millisecond
                let added = holds.add(state, 10 * millisecond, at: now, holder: progress(sample * 10 * millisecond))
                sum.holds += added.holds
                sum.milliseconds += added.nanoseconds / millisecond
            }
            return sum
        }
        // It computes all the time, or for half of it, or never, or sleeps.
        #expect(sum { ThreadProgress(cpu: $0, queued: 0, isRunnable: true) } == (1, 200))
        #expect(sum { ThreadProgress(cpu: $0 / 2, queued: 0, isRunnable: true) } == (1, 105))
        #expect(sum { _ in ThreadProgress(cpu: 7, queued: 9, isRunnable: true) } == (0, 0))
        #expect(sum { _ in ThreadProgress(cpu: 7, queued: 9, isRunnable: false) } == (1, 200))
        // It slept, and waited for a CPU in between.
        #expect(sum { ThreadProgress(cpu: 0, queued: $0, isRunnable: false) } == (0, 0))
    }

    @Test func `a process counts long holds, and charges the function that holds the lock`() throws {
        let memory = ChangingMemory(python.image)
        let process = python.location.process
        var sampling = SampledProcess(python.location, memory: memory, isProfiled: true) { _ in
            KernelRecord(process, threads: 4)
        }
        var now: UInt64 = 5_000_000_000
        for _ in 0..<9 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        let seen = try #require(sampling.tracked.observation)
        // The first sample stands for no time.
        #expect(seen.locks.longHolds == 1 && seen.locks.longHeld == .milliseconds(80))
        let taken = sampling.takeProfile()
        let profile = try #require(taken)
        #expect(profile.holders.total == LockCost(held: 80_000_000, wait: 240_000_000, longHeld: 80_000_000))
    }
}
