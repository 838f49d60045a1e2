import Linux
import Testing

@testable import Observation

struct SampledProcessTests {
    private let millisecond: UInt64 = 1_000_000
    private let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 11, micro: 2))

    private func sampling(of memory: ChangingMemory) -> SampledProcess<ChangingMemory> {
        let process = python.location.process
        return SampledProcess(python.location, memory: memory) { _ in process }
    }

    @Test func `time is given to what is seen, and counters are counted from the first sample on`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        var seen = try #require(sampling.tracked.observation)
        #expect(seen.held == .zero && seen.wait == .zero && seen.switches == 0 && seen.samples == 1)
        var changed = python.image
        changed[word: python.gil + 24] = 45
        changed[word: python.gil + 32] = 1006 << 1
        changed[word: python.gil + 120] = 41 << 1
        memory.become(.success(changed))
        now += 10 * millisecond
        sampling.sample { now }
        seen = try #require(sampling.tracked.observation)
        #expect(seen.held == .milliseconds(10))
        #expect(seen.wait == .milliseconds(30))
        #expect(seen.switches == 3 && seen.waits == 6 && seen.forcedHandoffs == 1)
        changed[halfWord: python.gil + 16] = 0
        memory.become(.success(changed))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.observation?.held == .milliseconds(10))
    }

    @Test(arguments: [0, 41, 42 &+ 1 << 40, UInt64.max])
    func `a counter that moved as none can is a new beginning`(switches: UInt64) throws {
        let memory = ChangingMemory(python.image)
        var sampling = sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        var changed = python.image
        for next in [switches, switches &+ 2] {
            changed[word: python.gil + 24] = next
            memory.become(.success(changed))
            now += millisecond
            sampling.sample { now }
        }
        #expect(sampling.tracked.observation?.switches == 2)
    }

    @Test func `a process that is gone keeps what was seen of it, and is not read again`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        now += 10 * millisecond
        sampling.sample { now }
        memory.become(.failure(.gone))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .ended)
        #expect(sampling.tracked.observation?.held == .milliseconds(10))
        #expect(sampling.tracked.observation?.waitingThreads == 0)
        let reads = memory.reads
        sampling.sample { now }
        #expect(memory.reads == reads)
    }

    @Test func `another process with the same number is not taken for it`() {
        let memory = ChangingMemory(python.image)
        let current = Protected(python.location.process)
        var sampling = SampledProcess(python.location, memory: memory) { _ in current.withLock { $0 } }
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        #expect(sampling.tracked.state == .observed)
        current.withLock { $0.startTime += 1 }
        now += 1000 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .ended)
    }

    @Test func `an interpreter that shuts down and starts again goes on where it was`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        now += 10 * millisecond
        sampling.sample { now }
        var without = python.image
        without[word: SynthesisedInterpreter.runtime + 40] = 0
        memory.become(.success(without))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .starting)
        #expect(sampling.tracked.observation?.held == .milliseconds(10))
        memory.become(.success(python.image))
        now += 2000 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .observed)
        #expect(sampling.tracked.observation?.held == .milliseconds(10))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.observation?.held == .milliseconds(20))
        #expect(sampling.tracked.observation?.observed == .milliseconds(20), "nobody looked while it was down")
    }

    @Test func `what may not be read is tried again, but seldom`() {
        let memory = ChangingMemory(python.image)
        memory.become(.failure(.permission))
        var sampling = sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        for _ in 0..<600 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.permission))
        #expect(sampling.tracked.observation == nil)
        #expect(memory.reads == 2)
    }

    @Test func `memory that stays senseless is reported as such`() {
        var image = python.image
        image[word: python.gil] = 0
        var sampling = sampling(of: ChangingMemory(image))
        var now: UInt64 = 5_000_000_000
        for _ in 0..<10 {
            #expect(sampling.tracked.state == .starting)
            sampling.sample { now }
            now += 10_000 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.layout))
        #expect(sampling.tracked.observation == nil)
    }
}
