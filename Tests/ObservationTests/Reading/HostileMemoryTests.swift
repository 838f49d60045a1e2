import Linux
import Testing

@testable import Observation

/// The memory of another process is untrusted: no content may crash, stall or fool the reader.
struct HostileMemoryTests {
    private static let cases = 20_000
    /// The reads of a search, and the one after it.
    private static let maxReads = SearchSize.large.reads + 1

    @Test func `a changed interpreter is refused or read within bounds`() throws {
        var generator = SplitMix64(seed: 20_261_123)
        let intact = SynthesisedInterpreter.versions.map { SynthesisedInterpreter($0.0, $0.1) }
        var (believed, refused) = (0, 0)
        for number in 0..<Self.cases {
            var python = intact[number % intact.count]
            for _ in 0..<Int.random(in: 1...6, using: &generator) { Self.damage(&python, &generator) }
            let memory = ChangingMemory(python.image)
            do {
                var reader = try GILReader(of: python.location, in: memory)
                for state in try reader.states(in: memory) {
                    believed += 1
                    #expect(state.switchInterval >= 1, "case \(number)")
                    #expect((state.contenders?.waitingThreads ?? 0) <= 1 << 22, "case \(number)")
                }
            } catch {
                refused += 1
            }
            #expect(memory.reads <= Self.maxReads, "case \(number)")
        }
        // Half of the damage hits memory that is not read.
        #expect(believed > 1000 && refused > 1000)
    }

    @Test(arguments: CapturedInterpreter.all)
    func `a damaged image of a real interpreter is refused, or read within bounds`(python: CapturedInterpreter) throws {
        var generator = SplitMix64(seed: 20_261_125)
        let starts = python.image.segments.keys.sorted()
        let gils = try GILReader(of: python.location, in: python.image).gils
        for number in 0..<500 {
            var image = python.image
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let start = starts.randomElement(using: &generator) ?? 0
                let count = UInt64(image.segments[start]?.count ?? 8)
                // Half of the damage hits memory that every read covers.
                let address =
                    Bool.random(using: &generator)
                    ? start + .random(in: 0..<count, using: &generator)
                    : (gils.randomElement(using: &generator) ?? 0) + .random(in: 0..<224, using: &generator)
                let values: [UInt64] = [
                    0, 1, .max, 1 << 31, start, python.location.runtime, gils[0],
                    .random(in: .min ... .max, using: &generator),
                ]
                image[word: address] = values.randomElement(using: &generator) ?? 0
            }
            let memory = ChangingMemory(image)
            if var reader = try? GILReader(of: python.location, in: memory),
                let states = try? reader.states(in: memory)
            {
                for state in states {
                    #expect(state.switchInterval >= 1, "case \(number)")
                    #expect((state.contenders?.waitingThreads ?? 0) <= 1 << 22, "case \(number)")
                    #expect(!state.isHeld || state.lastHolder != 0, "case \(number)")
                }
            }
            #expect(memory.reads <= Self.maxReads, "case \(number)")
        }
    }

    @Test func `random bytes are never taken for an interpreter`() {
        var generator = SplitMix64(seed: 7)
        for number in 0..<300 {
            let (version, build) = SynthesisedInterpreter.versions[number % SynthesisedInterpreter.versions.count]
            var python = SynthesisedInterpreter(version, build)
            for start in python.image.segments.keys.sorted() where start != SynthesisedInterpreter.runtime {
                python.image.segments[start] = python.image.segments[start]?.map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            if case .inRuntime = python.layout.lock {
                python.image.segments[SynthesisedInterpreter.runtime] = (0..<4096).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            #expect(throws: ReadingError.self) { try GILReader(of: python.location, in: python.image) }
        }
    }

    @Test func `endless lists are given up`() {
        for version in SynthesisedInterpreter.versions.map(\.0) where version.minor < 13 {
            var location = SynthesisedInterpreter(version).location
            location.version = version
            let memory = EndlessLists()
            #expect(throws: ReadingError.self) { try GILReader(of: location, in: memory) }
            #expect(memory.count <= Self.maxReads)
        }
    }

    /// The sums stay within the number of threads that the kernel counts, and the time that has passed.
    @Test func `an interpreter that changes while it is sampled adds nothing impossible`() throws {
        var generator = SplitMix64(seed: 20_261_126)
        let versions = SynthesisedInterpreter.versions
        var counted = 0
        for number in 0..<2000 {
            let (version, build) = versions[number % versions.count]
            let intact = SynthesisedInterpreter(version, build)
            let memory = ChangingMemory(intact.image)
            let process = intact.location.process
            var sampling = SampledProcess(intact.location, memory: memory) { _ in KernelRecord(process, threads: 4) }
            var searches = SearchLimiter(cpuBudget: 1) { 0 }
            var now: UInt64 = 5_000_000_000
            var python = intact
            for _ in 0..<20 {
                sampling.sample(&searches, maxGap: 1_000_000_000) { now }
                python = Int.random(in: 0..<3, using: &generator) == 0 ? intact : python
                Self.damage(&python, &generator)
                memory.become(.success(python.image))
                now += 10_000_000
            }
            guard let seen = sampling.tracked.observation else { continue }
            counted += 1
            #expect(seen.observed <= .milliseconds(200), "case \(number)")
            #expect(seen.locks.held <= seen.observed, "case \(number)")
            #expect(seen.locks.wait <= seen.observed * 4, "case \(number)")
            #expect((seen.waitingThreads ?? 0) <= 4, "case \(number)")
            #expect(seen.locks.waitsEnded <= seen.locks.switches, "case \(number)")
        }
        #expect(counted > 1000)
    }

    private static func damage(_ python: inout SynthesisedInterpreter, _ generator: inout SplitMix64) {
        let starts = python.image.segments.keys.sorted()
        let start = starts.randomElement(using: &generator) ?? 0
        let count = UInt64(python.image.segments[start]?.count ?? 0)
        // Half of the damage hits fields, the other half any memory.
        let places: [UInt64] = [
            python.gil, SynthesisedInterpreter.runtime, SynthesisedInterpreter.interpreter, python.gil + 32,
        ]
        let address =
            Bool.random(using: &generator)
            ? (places.randomElement(using: &generator) ?? 0) + .random(in: 0..<232, using: &generator)
            : start + .random(in: 0..<count, using: &generator)
        let values: [UInt64] = [
            0, 1, 7, 8, .max, .max >> 1, 1 << 31, 1 << 32, SynthesisedInterpreter.runtime,
            SynthesisedInterpreter.interpreter, SynthesisedInterpreter.threads[1], python.gil,
            .random(in: .min ... .max, using: &generator), .random(in: 0..<65536, using: &generator),
        ]
        python.image[word: address] = values.randomElement(using: &generator) ?? 0
    }
}

/// Every word points two words ahead, and every number is new.
private final class EndlessLists: MemorySource {
    private let reads = Protected(0)
    var count: Int { reads.withLock { $0 } }

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        reads.withLock { $0 += 1 }
        bytes = ranges.flatMap { range in
            (0..<(range.count + 7) / 8).flatMap { index in
                let word = (range.address &+ UInt64(8 * index) &+ 4096) & 0xFF_FFFF_FFF8
                return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
            }
            .prefix(range.count)
        }
    }
}
