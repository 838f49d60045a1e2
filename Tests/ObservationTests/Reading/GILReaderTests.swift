import Linux
import Testing

@testable import Observation

struct GILReaderTests {
    @Test(arguments: SynthesisedInterpreter.versions, ConditionLayout.allCases)
    func `the content of the lock is read on every version and with both condition layouts`(
        version: (PythonVersion, ProcessObservation.Build),
        conditions: ConditionLayout
    ) throws {
        let python = SynthesisedInterpreter(version.0, version.1, conditions: conditions)
        var reader = try GILReader(of: python.location, in: python.image)
        let state = try reader.states(in: python.image)[0]
        #expect(reader.layout.build == version.1)
        #expect(reader.layout.version == version.0)
        #expect(state.isEnabled && state.isHeld)
        #expect(state.switchInterval == 5000)
        #expect(state.switches == 42)
        #expect(state.contenders == GILState.Condition(waits: 1000, waitingThreads: 3))
        #expect(state.droppers == GILState.Condition(waits: 40, waitingThreads: 0))
        let holder = try #require(try reader.holder(of: 0, in: python.image))
        #expect(holder.nativeID == (version.0.minor >= 11 ? 100 : nil))
    }

    @Test func `if the C library hides its waiters, the rest is read`() throws {
        let python = SynthesisedInterpreter(.init(major: 3, minor: 11, micro: 2))
        for libc in [CLibrary.musl, .unknown, .glibc(major: 2, minor: 24)] {
            var location = python.location
            location.libc = libc
            var reader = try GILReader(of: location, in: python.image)
            let state = try reader.states(in: python.image)[0]
            #expect(state.isHeld && state.switches == 42)
            #expect(state.contenders == nil && state.droppers == nil)
        }
    }

    @Test func `a glibc with the newer layout under an older version is recognised`() throws {
        let python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 3), conditions: .withoutGroupReferences)
        var location = python.location
        location.libc = .glibc(major: 2, minor: 39)
        var reader = try GILReader(of: location, in: python.image)
        #expect(try reader.states(in: python.image)[0].contenders?.waitingThreads == 3)
    }

    @Test(arguments: [ConditionLayout.withGroupReferences, .withoutGroupReferences])
    func `the locks show the layout if the file of the C library cannot be read`(conditions: ConditionLayout) throws {
        let python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 3), conditions: conditions)
        var location = python.location
        location.libc = .unreadable
        var reader = try GILReader(of: location, in: python.image)
        #expect(try reader.states(in: python.image)[0].contenders?.waitingThreads == 3)
    }

    @Test func `an unknown version is not read`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 11, micro: 2))
        for version in [nil, PythonVersion(major: 3, minor: 7, micro: 1), PythonVersion(major: 3, minor: 13, micro: 0)]
        {
            var location = python.location
            location.version = version
            #expect(throws: ReadingError.unobservable(.version)) { try GILReader(of: location, in: python.image) }
        }
        python = SynthesisedInterpreter(.init(major: 3, minor: 14, micro: 0))
        python.image[word: SynthesisedInterpreter.runtime + 8] = 0x0310_00F0
        #expect(throws: ReadingError.unobservable(.version)) { try GILReader(of: python.location, in: python.image) }
    }

    @Test func `a release candidate is distinguished from a release`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 14, micro: 0))
        python.image[word: SynthesisedInterpreter.runtime + 8] = 0x030E_00C2
        #expect(throws: ReadingError.unobservable(.prerelease)) {
            try GILReader(of: python.location, in: python.image)
        }
    }

    @Test(arguments: [24, 32, 40, 48, 56, 64, 72, 120, 128, 144, 152, 176, 192, 224])
    func `an impossible offset is refused`(position: UInt64) throws {
        for value in [UInt64.max, UInt64(1) << 40, 7, UInt64(16 << 20 | 8)] {
            var python = SynthesisedInterpreter(.init(major: 3, minor: 14, micro: 0))
            python.image[word: SynthesisedInterpreter.runtime + position] = value
            #expect(throws: ReadingError.unobservable(.layout)) { try GILReader(of: python.location, in: python.image) }
        }
    }

    @Test(arguments: SynthesisedInterpreter.versions.map(\.0))
    func `a holder that is in no list of threads is refused`(version: PythonVersion) throws {
        var python = SynthesisedInterpreter(version)
        python.image[word: python.gil + 8] = 0x7f00_0000_3000
        #expect(throws: ReadingError.inconsistent) { try GILReader(of: python.location, in: python.image) }
    }

    @Test func `a list of interpreters that runs in a circle ends`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 1))
        python.image[word: SynthesisedInterpreter.interpreter] = SynthesisedInterpreter.interpreter
        #expect(throws: ReadingError.inconsistent) { try GILReader(of: python.location, in: python.image) }
    }

    @Test func `an inconsistency while the runtime shuts down means no interpreter`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 1))
        python.image[word: SynthesisedInterpreter.runtime + 40] = 0x1000
        #expect(throws: ReadingError.inconsistent) { try GILReader(of: python.location, in: python.image) }
        python.image[word: SynthesisedInterpreter.runtime + 24] = SynthesisedInterpreter.threads[0]
        #expect(throws: ReadingError.noInterpreter) { try GILReader(of: python.location, in: python.image) }
        python.image[word: SynthesisedInterpreter.runtime + 40] = 0
        #expect(throws: ReadingError.noInterpreter) { try GILReader(of: python.location, in: python.image) }
    }

    @Test func `the next read notices a new interpreter`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 1))
        var reader = try GILReader(of: python.location, in: python.image)
        python.image[word: SynthesisedInterpreter.runtime + 40] = SynthesisedInterpreter.interpreter + 8192
        #expect(throws: ReadingError.inconsistent) { try reader.states(in: python.image) }
    }

    @Test func `a free-threaded build without its lock holds nothing`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 13, micro: 5), .freeThreaded)
        python.image[halfWord: python.gil] = 0
        var reader = try GILReader(of: python.location, in: python.image)
        let state = try reader.states(in: python.image)[0]
        #expect(!state.isEnabled && !state.isHeld)
    }

    @Test(arguments: SynthesisedInterpreter.versions)
    func `every value that sys.setswitchinterval stores is an interval`(
        version: (PythonVersion, ProcessObservation.Build)
    ) throws {
        // 1e-7 s, 1e7 s, and the overflow on x86-64 and AArch64.
        for stored in [0, 10_000_000_000_000, UInt64(1) << 63, .max] {
            var python = SynthesisedInterpreter(version.0, version.1)
            python.image[word: python.gil + UInt64(python.layout.gil.interval)] = stored
            var reader = try GILReader(of: python.location, in: python.image)
            #expect(try reader.states(in: python.image)[0].switchInterval == max(1, stored))
        }
    }

    @Test func `zeros are not a lock`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 11, micro: 2))
        for offset in stride(from: UInt64(0), to: 208, by: 8) { python.image[word: python.gil + offset] = 0 }
        #expect(throws: ReadingError.inconsistent) { try GILReader(of: python.location, in: python.image) }
    }

    @Test func `locks that overlap are refused`() throws {
        let crowd = CrowdedProcess(interpreters: 2, threads: 1)
        guard case .pointerInInterpreter(let pointer) = crowd.layout.lock else { return }
        var image = crowd.image
        let gil = image[word: CrowdedProcess.interpreter(0) + pointer]
        image[word: CrowdedProcess.interpreter(1) + pointer] = gil
        #expect(try GILReader(of: crowd.location, in: image).gils == [gil], "one lock may be shared")
        // The second begins inside the first, and would be valid, too.
        for offset in stride(from: UInt64(0), to: 208, by: 8) {
            image[word: gil + 208 - 8 + offset] = image[word: CrowdedProcess.interpreter(1) + 7752 + offset]
        }
        image[word: CrowdedProcess.interpreter(1) + pointer] = gil + 208 - 8
        #expect(throws: ReadingError.inconsistent) { try GILReader(of: crowd.location, in: image) }
    }

    /// The reads of the largest search, on however slow a host.
    private static let patient = SearchBudget(reads: SearchSize.large.reads, time: .seconds(1000))

    @Test func `as many interpreters and threads as any program has are read`() throws {
        for (interpreters, threads) in [(201, 1), (1, 10_000), (256, 10)] {
            let crowd = CrowdedProcess(interpreters: interpreters, threads: threads, holder: threads - 1)
            var budget = Self.patient
            let reader = try GILReader(of: crowd.location, in: crowd.image, within: &budget)
            #expect(reader.gils.count == interpreters)
            #expect(reader.busyThreads == interpreters)
        }
        let crowd = CrowdedProcess(interpreters: 257, threads: 1)
        #expect(throws: ReadingError.unobservable(.limit)) { try GILReader(of: crowd.location, in: crowd.image) }
    }

    @Test func `a search ends when its budget is spent`() throws {
        let crowd = CrowdedProcess(interpreters: 256, threads: 1 << 14, holder: 1 << 14)
        let memory = ChangingMemory(crowd.image)
        for reads in [1, 2, 100, 1024, 1 << 15] {
            var budget = SearchBudget(reads: reads, time: .seconds(1000))
            let before = memory.reads
            #expect(throws: ReadingError.exhausted) {
                try GILReader(of: crowd.location, in: memory, within: &budget)
            }
            #expect(memory.reads - before <= reads)
            #expect(budget.spent <= reads)
        }
        var budget = SearchBudget(reads: .max, time: .zero)
        #expect(throws: ReadingError.exhausted) {
            try GILReader(of: crowd.location, in: memory, within: &budget)
        }
        #expect(budget.spent < 100, "without time there are few")
    }

    @Test func `verified locks are not verified again when an interpreter goes`() throws {
        let crowd = CrowdedProcess(interpreters: 20, threads: 1000, holder: 999)
        var (first, second) = (Self.patient, Self.patient)
        let reader = try GILReader(of: crowd.location, in: crowd.image, within: &first)
        let next = try GILReader(of: crowd.location, in: crowd.withoutNewest, after: reader, within: &second)
        #expect(next.gils == Array(reader.gils.dropFirst()))
        #expect(first.spent > 20_000)
        #expect(second.spent < 100)
    }

    @Test func `a condition that is being destroyed does not change the layout`() throws {
        var python = SynthesisedInterpreter(.init(major: 3, minor: 12, micro: 3))
        var reader = try GILReader(of: python.location, in: python.image)
        python.image[halfWord: python.gil + 32 + 36] = 3 << 3 | 6
        #expect(try reader.states(in: python.image)[0].contenders?.waitingThreads == 3)
    }
}
