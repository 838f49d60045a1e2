import Linux
import Testing

@testable import Observation

/// Processes whose memory contradicts the kernel.
struct ImpossibleProcessTests {
    private let millisecond: UInt64 = 1_000_000
    private let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 11, micro: 2))

    @Test(arguments: [(1, 268_435_000 >> 7), (0, 5), (1, 4)])
    func `a process whose locks account for more threads than it has is unobservable`(
        held: UInt32,
        waiting: Int
    ) throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        for _ in 0..<2 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        let before = try #require(sampling.tracked.observation)
        var changed = python.image
        changed[halfWord: python.gil + 16] = held
        changed[halfWord: python.gil + 32 + 36] = UInt32(waiting) << 3 | 2
        memory.become(.success(changed))
        for _ in 0..<300 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.impossible))
        var after = try #require(sampling.tracked.observation)
        #expect(after.waitingThreads == nil && after.recent == nil)
        after.threads = before.threads
        after.holders = before.holders
        after.waitingThreads = before.waitingThreads
        after.recent = before.recent
        #expect(after == before)
    }

    @Test func `a process whose locks have more holders than threads is unobservable`() {
        let crowd = CrowdedProcess(interpreters: 200, threads: 1, holder: 0)
        let process = crowd.location.process
        var sampling = SampledProcess(crowd.location, memory: ChangingMemory(crowd.image)) { _ in
            KernelRecord(process, threads: 1)
        }
        var now: UInt64 = 5_000_000_000
        for _ in 0..<100 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.impossible))
        #expect(sampling.tracked.observation == nil)
    }

    /// 2^63 waiters, of which the field has the upper half; twice as many as any host has; all that fit; none, and five
    /// without the flags of a condition; all bits.
    @Test(arguments: [UInt32(0x8000_0000), 0x0400_0002, 0xFFFF_FFFA, 0, 0x28, .max])
    func `impossible waiters add nothing, not even the time of their own sample`(references: UInt32) throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        for _ in 0..<2 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        let before = try #require(sampling.tracked.observation)
        var changed = python.image
        changed[halfWord: python.gil + 32 + 36] = references
        changed[word: python.gil + 24] += 3
        memory.become(.success(changed))
        for _ in 0..<3 {
            sampling.sample { now }
            now += 100 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.impossible))
        let after = try #require(sampling.tracked.observation)
        #expect(after.locks == before.locks && after.observed == before.observed && after.samples == before.samples)
        #expect(!after.hidesWaiters, "its C library does not hide them")
        // Its memory is intact again.
        memory.become(.success(python.image))
        now += 5000 * millisecond
        for _ in 0..<2 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        #expect(sampling.tracked.state == .observed)
        #expect(try #require(sampling.tracked.observation).locks.held == before.locks.held + .milliseconds(10))
    }

    @Test func `a process that is possible only now and then is hardly ever read`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var generator = SplitMix64(seed: 20_261_127)
        var now: UInt64 = 5_000_000_000
        var counted = LockTotals()
        var changed = python.image
        for _ in 0..<36_000 {
            // Half of the numbers exceed its four threads.
            changed[halfWord: python.gil + 32 + 36] = UInt32.random(in: 0..<8, using: &generator) << 3 | 2
            changed[word: python.gil + 24] = .random(in: .min ... .max, using: &generator)
            changed[word: python.gil + 32] = .random(in: .min ... .max, using: &generator)
            memory.become(.success(changed))
            sampling.sample { now }
            let locks = sampling.tracked.observation?.locks ?? LockTotals()
            #expect(locks.held >= counted.held && locks.wait >= counted.wait && locks.switches >= counted.switches)
            counted = locks
            now += 100 * millisecond
        }
        #expect(counted.held < .seconds(10), "of an hour")
        #expect(counted.wait <= counted.held * 4)
        #expect(counted.waitsEnded <= counted.switches)
    }
}
