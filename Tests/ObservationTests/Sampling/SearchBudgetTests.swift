import Linux
import TestSupport
import Testing

@testable import Observation

struct SearchBudgetTests {
    private let second: UInt64 = 1_000_000_000

    /// A CPU clock that the test advances.
    private final class Meter: Sendable {
        private let nanoseconds = Protected<UInt64>(0)
        func now() -> UInt64 { nanoseconds.withLock { $0 } }
        func pass(_ seconds: Double) { nanoseconds.withLock { $0 += UInt64(seconds * 1e9) } }
    }

    @Test func `searches take half of the CPU budget, and their initial savings`() throws {
        let meter = Meter()
        var limiter = SearchLimiter(cpuBudget: 0.01, cpu: meter.now)
        var now = second
        for _ in 0..<1000 {
            now += second
            for _ in 0..<100 {
                limiter.beginPass(at: now)
                do { try limiter.search(.small) { () throws(ReadingError) in meter.pass(0.001) } } catch {}
            }
        }
        // 40 s at the start, and 1,000 s of passes, at half a hundredth of a CPU.
        #expect((5.15...5.25).contains(Double(limiter.spent) / 1e9))
    }

    @Test func `a large search leaves time for small ones, and a pass has at most one`() throws {
        let meter = Meter()
        var limiter = SearchLimiter(cpuBudget: 0.01, cpu: meter.now)
        limiter.beginPass(at: second)
        #expect(limiter.permits(.large))
        try limiter.search(.large) { () throws(ReadingError) in meter.pass(0.04) }
        #expect(!limiter.permits(.large) && !limiter.permits(.medium) && limiter.permits(.small))
        #expect(throws: ReadingError.postponed) { try limiter.search(.medium) { () throws(ReadingError) in } }
        limiter.beginPass(at: second)
        #expect(limiter.permits(.large))
        try limiter.search(.large) { () throws(ReadingError) in meter.pass(0.08) }
        limiter.beginPass(at: second)
        #expect(!limiter.permits(.large) && limiter.permits(.medium) && limiter.permits(.small))
        try limiter.search(.medium) { () throws(ReadingError) in meter.pass(0.04) }
        limiter.beginPass(at: second)
        #expect(!limiter.permits(.medium) && limiter.permits(.small))
        limiter.beginPass(at: second + 30 * second)
        #expect(limiter.permits(.large))
    }

    @Test func `a search that throws is charged`() {
        let meter = Meter()
        var limiter = SearchLimiter(cpuBudget: 0.01, cpu: meter.now)
        #expect(throws: ReadingError.inconsistent) {
            try limiter.search(.small) { () throws(ReadingError) in
                meter.pass(0.5)
                throw .inconsistent
            }
        }
        #expect(limiter.spent == second / 2)
        #expect(!limiter.permits(.small))
    }

    // MARK: processes that cost much

    private func sampling(_ crowd: CrowdedProcess, of memory: ChangingMemory) -> SampledProcess<ChangingMemory> {
        let process = crowd.location.process
        return SampledProcess(crowd.location, memory: memory) { _ in KernelRecord(process, threads: 20_000) }
    }

    @Test func `a process without the holder in its lists exceeds its limit, and is rarely tried again`() {
        let crowd = CrowdedProcess(interpreters: 256, threads: 1 << 14, holder: 1 << 14)
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var now = second
        for _ in 0..<100 {
            sampling.sample { now }
            now += second / 100
        }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads < 50_000)
        // One sample a second shows how often it is tried.
        for _ in 0..<3600 {
            sampling.sample { now }
            now += second
        }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads < 500_000)
    }

    @Test func `a process whose interpreters come and go at every sample exceeds its limit`() {
        let crowd = CrowdedProcess(interpreters: 256, threads: 1)
        let other = crowd.withoutNewest
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var now = second
        for pass in 0..<1000 {
            memory.become(.success(pass.isMultiple(of: 2) ? crowd.image : other))
            sampling.sample { now }
            now += second / 100
        }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads < 100_000)
    }

    @Test(.disabled(if: Sanitizer.isActive, "a search may take a second, and is slower there"))
    func `a process in which an interpreter comes or goes ten times a second is observed`() throws {
        let crowd = CrowdedProcess(interpreters: 40, threads: 5, holder: 4)
        let other = crowd.withoutNewest
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var now = second
        for pass in 0..<10_000 {
            memory.become(.success((pass / 10).isMultiple(of: 2) ? crowd.image : other))
            sampling.sample { now }
            #expect(sampling.tracked.state == .observed)
            now += second / 100
        }
        #expect(try #require(sampling.tracked.observation).samples == 10_000)
    }

    @Test(
        .disabled(if: Sanitizer.isActive, "a search may take a second, and is slower there"),
        arguments: [(201, 3), (1, 10_000), (1, 20_000), (30, 1000)]
    )
    func `large programs are observed`(interpreters: Int, threads: Int) throws {
        let crowd = CrowdedProcess(interpreters: interpreters, threads: threads, holder: threads - 1)
        var sampling = sampling(crowd, of: ChangingMemory(crowd.image))
        var now = second
        for _ in 0..<100 {
            sampling.sample { now }
            now += second / 100
        }
        #expect(sampling.tracked.state == .observed)
        #expect(try #require(sampling.tracked.observation).samples > 90)
    }

    @Test func `a process that waits for others' searches is reported, and observed later`() {
        let crowd = CrowdedProcess(interpreters: 1, threads: 1)
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var searches = SearchLimiter(cpuBudget: 0) { 0 }
        var now = second
        for _ in 0..<100 {
            sampling.sample(&searches, maxGap: .max) { now }
            #expect(sampling.tracked.state == .starting)
            now += second / 25
        }
        now += 5 * second
        sampling.sample(&searches, maxGap: .max) { now }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads == 0)
        searches = SearchLimiter(cpuBudget: 0.01) { 0 }
        now += second
        sampling.sample(&searches, maxGap: .max) { now }
        #expect(sampling.tracked.state == .observed)
    }
}
