import Linux
import Testing

@testable import Observation

struct SearchBudgetTests {
    private let second: UInt64 = 1_000_000_000

    /// CPU as a test wants it to pass.
    private final class Meter: Sendable {
        private let nanoseconds = Protected<UInt64>(0)
        func now() -> UInt64 { nanoseconds.withLock { $0 } }
        func pass(_ seconds: Double) { nanoseconds.withLock { $0 += UInt64(seconds * 1e9) } }
    }

    @Test func `searches take half of the budget, and what was saved up at the start`() throws {
        let meter = Meter()
        var budget = SearchBudget(budget: 0.01, cpu: meter.now)
        var now = second
        for _ in 0..<1000 {
            now += second
            for _ in 0..<100 {
                budget.beginRound(at: now)
                do { try budget.search(.small) { () throws(ReadingError) in meter.pass(0.001) } } catch {}
            }
        }
        // 40 s at the start, and 1,000 s of rounds, at half a hundredth of a CPU.
        #expect((5.15...5.25).contains(Double(budget.spent) / 1e9))
    }

    @Test func `a large search leaves something for small ones, and each round has one`() throws {
        let meter = Meter()
        var budget = SearchBudget(budget: 0.01, cpu: meter.now)
        budget.beginRound(at: second)
        #expect(budget.permits(.large))
        try budget.search(.large) { () throws(ReadingError) in meter.pass(0.04) }
        #expect(!budget.permits(.large) && !budget.permits(.medium) && budget.permits(.small))
        #expect(throws: ReadingError.postponed) { try budget.search(.medium) { () throws(ReadingError) in } }
        budget.beginRound(at: second)
        #expect(budget.permits(.large))
        try budget.search(.large) { () throws(ReadingError) in meter.pass(0.08) }
        budget.beginRound(at: second)
        #expect(!budget.permits(.large) && budget.permits(.medium) && budget.permits(.small))
        try budget.search(.medium) { () throws(ReadingError) in meter.pass(0.04) }
        budget.beginRound(at: second)
        #expect(!budget.permits(.medium) && budget.permits(.small))
        budget.beginRound(at: second + 30 * second)
        #expect(budget.permits(.large))
    }

    @Test func `what a search throws is counted, and passed on`() {
        let meter = Meter()
        var budget = SearchBudget(budget: 0.01, cpu: meter.now)
        #expect(throws: ReadingError.inconsistent) {
            try budget.search(.small) { () throws(ReadingError) in
                meter.pass(0.5)
                throw .inconsistent
            }
        }
        #expect(budget.spent == second / 2)
        #expect(!budget.permits(.small))
    }

    // MARK: processes that cost much

    private func sampling(_ crowd: CrowdedProcess, of memory: ChangingMemory) -> SampledProcess<ChangingMemory> {
        let process = crowd.location.process
        return SampledProcess(crowd.location, memory: memory) { _ in KernelRecord(process, threads: 20_000) }
    }

    @Test func `a process that has no holder in its lists exceeds its limit, and is rarely tried again`() {
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
        // A sample in a second is enough to see how often it is tried.
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
        for round in 0..<1000 {
            memory.become(.success(round.isMultiple(of: 2) ? crowd.image : other))
            sampling.sample { now }
            now += second / 100
        }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads < 100_000)
    }

    @Test func `a process in which an interpreter comes or goes ten times a second is observed`() throws {
        let crowd = CrowdedProcess(interpreters: 40, threads: 5, holder: 4)
        let other = crowd.withoutNewest
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var now = second
        for round in 0..<10_000 {
            memory.become(.success((round / 10).isMultiple(of: 2) ? crowd.image : other))
            sampling.sample { now }
            #expect(sampling.tracked.state == .observed)
            now += second / 100
        }
        #expect(try #require(sampling.tracked.observation).samples == 10_000)
    }

    @Test(arguments: [(201, 3), (1, 10_000), (1, 20_000), (30, 1000)])
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

    @Test func `a process that waits for others' searches says so, and is observed when its turn comes`() {
        let crowd = CrowdedProcess(interpreters: 1, threads: 1)
        let memory = ChangingMemory(crowd.image)
        var sampling = sampling(crowd, of: memory)
        var searches = SearchBudget(budget: 0) { 0 }
        var now = second
        for _ in 0..<100 {
            sampling.sample(&searches, longestGap: .max) { now }
            #expect(sampling.tracked.state == .starting)
            now += second / 25
        }
        now += 5 * second
        sampling.sample(&searches, longestGap: .max) { now }
        #expect(sampling.tracked.state == .unobservable(.limit))
        #expect(memory.reads == 0)
        searches = SearchBudget(budget: 0.01) { 0 }
        now += second
        sampling.sample(&searches, longestGap: .max) { now }
        #expect(sampling.tracked.state == .observed)
    }

    // MARK: processes whose samples cost much

    @Test func `while the budget is short, a process costs little more than an ordinary one`() {
        var thinning = SamplingThinning()
        #expect(thinning.share(of: 768) == 1)
        for _ in 0..<100 { thinning.adapt(fulfilled: 0.9) }
        #expect(thinning.share(of: 768) * 768 == 2)
        #expect(thinning.share(of: 1) == 1)
        for _ in 0..<1000 { thinning.adapt(fulfilled: 1) }
        #expect(thinning.share(of: 768) == 1)
    }

    @Test func `where the budget is far too short, a few rounds are enough to know`() {
        var thinning = SamplingThinning()
        for _ in 0..<3 { thinning.adapt(fulfilled: 0.003) }
        #expect(thinning.share(of: 256) * 256 == 2)
        for _ in 0..<1000 { thinning.adapt(fulfilled: 1) }
        #expect(thinning.share(of: 768) == 1)
    }
}
