import Glibc
import Linux
import Testing

@testable import Observation

struct SampledProcessTests {
    private let millisecond: UInt64 = 1_000_000
    private let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 11, micro: 2))

    @Test func `time counts for the state that is seen, and counters from the first sample on`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        var seen = try #require(sampling.tracked.observation)
        #expect(seen.locks.held == .zero && seen.locks.wait == .zero && seen.locks.switches == 0 && seen.samples == 1)
        var changed = python.image
        changed[word: python.gil + 24] = 45
        changed[word: python.gil + 32] = 1006 << 1
        changed[word: python.gil + 120] = 41 << 1
        memory.become(.success(changed))
        now += 10 * millisecond
        sampling.sample { now }
        seen = try #require(sampling.tracked.observation)
        #expect(seen.locks.held == .milliseconds(10))
        #expect(seen.locks.wait == .milliseconds(30))
        #expect(
            seen.locks.switches == 3 && seen.locks.timedWaits == 6 && seen.locks.waitsEnded == 3
                && seen.locks.forcedHandoffs == 1
        )
        changed[halfWord: python.gil + 16] = 0
        memory.become(.success(changed))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.observation?.locks.held == .milliseconds(10))
    }

    @Test func `a process is busy or idle by its last half minute, and active in proportion`() throws {
        var free = python.image
        free[halfWord: python.gil + 16] = 0
        let memory = ChangingMemory(free)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        func sample(_ image: MemoryImage, for seconds: Int) throws -> ProcessObservation {
            memory.become(.success(image))
            for _ in 0..<seconds * 10 {
                now += 100 * millisecond
                sampling.sample { now }
            }
            return try #require(sampling.tracked.observation)
        }
        sampling.sample { now }
        var seen = try sample(free, for: 40)
        #expect(seen.recent?.held == 0 && seen.active == .zero)
        seen = try sample(python.image, for: 15)
        let half = try #require(seen.recent)
        #expect((0.4...0.5).contains(half.held) && !half.isSaturated)
        #expect((14.5...15).contains(seen.active.seconds))
        seen = try sample(python.image, for: 25)
        let full = try #require(seen.recent)
        #expect(full.held == 1 && full.isSaturated)
        #expect(seen.locks.held == .seconds(40))
        seen = try sample(free, for: 40)
        #expect(seen.recent?.held == 0)
        let afterwards = seen.active
        #expect((69...76).contains(afterwards.seconds), "active until the half minute has passed")
        #expect(try sample(free, for: 40).active == afterwards)
    }

    @Test func `a program that has just started does not look saturated`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        for _ in 0..<100 {
            sampling.sample { now }
            now += 30 * millisecond
        }
        let seen = try #require(sampling.tracked.observation)
        let recent = try #require(seen.recent)
        #expect(abs(recent.held - 0.099) < 0.001 && !recent.isSaturated)
        #expect(seen.active == seen.locks.held, "it is active all the time that it held its lock")
        #expect(seen.active == seen.observed)
        memory.become(.failure(.permission))
        sampling.sample { now }
        #expect(sampling.tracked.observation?.recent == nil, "nothing is known of it now")
    }

    @Test(arguments: [0, 41, 42 &+ 1 << 40, UInt64.max])
    func `a counter that moved impossibly begins anew`(switches: UInt64) throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        var changed = python.image
        for next in [switches, switches &+ 2] {
            changed[word: python.gil + 24] = next
            memory.become(.success(changed))
            now += millisecond
            sampling.sample { now }
        }
        #expect(sampling.tracked.observation?.locks.switches == 2)
    }

    @Test func `a process that is gone keeps its observation, and is not read again`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        now += 10 * millisecond
        sampling.sample { now }
        memory.become(.failure(.gone))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .ended)
        #expect(sampling.tracked.observation?.locks.held == .milliseconds(10))
        #expect(sampling.tracked.observation?.waitingThreads == 0)
        let reads = memory.reads
        sampling.sample { now }
        #expect(memory.reads == reads)
    }

    @Test func `another process with the same number is not mistaken for it`() {
        let memory = ChangingMemory(python.image)
        let current = Protected(python.location.process)
        var sampling = SampledProcess(python.location, memory: memory) { _ in
            KernelRecord(current.withLock { $0 }, threads: 4)
        }
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        #expect(sampling.tracked.state == .observed)
        current.withLock { $0.startTime += 1 }
        now += 1000 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .ended)
    }

    @Test func `an interpreter that shuts down and starts again continues its counters`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
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
        #expect(sampling.tracked.observation?.locks.held == .milliseconds(10))
        memory.become(.success(python.image))
        now += 2000 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.state == .observed)
        #expect(sampling.tracked.observation?.locks.held == .milliseconds(10))
        now += 10 * millisecond
        sampling.sample { now }
        #expect(sampling.tracked.observation?.locks.held == .milliseconds(20))
        #expect(
            sampling.tracked.observation?.observed == .milliseconds(20),
            "time without an interpreter is not observed"
        )
    }

    @Test func `a process that may not be read is tried again, but rarely`() {
        let memory = ChangingMemory(python.image)
        memory.become(.failure(.permission))
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        for _ in 0..<600 {
            sampling.sample { now }
            now += 10 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.permission))
        #expect(sampling.tracked.observation == nil)
        #expect(memory.reads == 2)
    }

    @Test func `memory that stays inconsistent is reported`() {
        var image = python.image
        image[halfWord: python.gil + 16] = 2
        var sampling = python.sampling(of: ChangingMemory(image))
        var now: UInt64 = 5_000_000_000
        for _ in 0..<10 {
            #expect(sampling.tracked.state == .starting)
            sampling.sample { now }
            now += 10_000 * millisecond
        }
        #expect(sampling.tracked.state == .unobservable(.layout))
        #expect(sampling.tracked.observation == nil)
    }

    @Test func `time without samples is left out, but the interpreter's counters are not`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var searches = SearchLimiter(cpuBudget: 1) { 0 }
        var now: UInt64 = 5_000_000_000
        var changed = python.image
        for (elapsed, switches) in [(0, 42), (10, 43), (20_000, 1043), (10, 1044)] {
            now += UInt64(elapsed) * millisecond
            changed[word: python.gil + 24] = UInt64(switches)
            memory.become(.success(changed))
            sampling.sample(&searches, maxGap: 1000 * millisecond) { now }
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.observed == .milliseconds(20))
        #expect(seen.locks.held == .milliseconds(20))
        #expect(seen.locks.wait == .milliseconds(60))
        #expect(seen.samples == 4)
        #expect(seen.locks.switches == 1002)
    }

    @Test func `CPU time of a gap is left out, as held time is`() throws {
        let cpu = Protected(CPUTime())
        let process = python.location.process
        var sampling = SampledProcess(python.location, memory: ChangingMemory(python.image)) { _ in
            KernelRecord(process, threads: 4, cpu: cpu.withLock { $0 })
        }
        var searches = SearchLimiter(cpuBudget: 1) { 0 }
        var now: UInt64 = 5_000_000_000
        for elapsed in [0, 500, 500, 60_000, 500, 500] {
            now += UInt64(elapsed) * millisecond
            cpu.withLock { $0.user += .milliseconds(elapsed) }
            sampling.sample(&searches, maxGap: 1000 * millisecond) { now }
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.observed == .seconds(2) && seen.locks.held == .seconds(2))
        #expect(seen.cpu.user == .seconds(2))
    }

    @Test func `CPU time between the last check and a gap counts`() throws {
        let cpu = Protected(CPUTime())
        let process = python.location.process
        var sampling = SampledProcess(python.location, memory: ChangingMemory(python.image)) { _ in
            KernelRecord(process, threads: 4, cpu: cpu.withLock { $0 })
        }
        var searches = SearchLimiter(cpuBudget: 1) { 0 }
        var now: UInt64 = 5_000_000_000
        // Checks are ten seconds apart after a while, and gaps as long as 27 samples.
        for sample in 0..<4000 {
            let elapsed: UInt64 = sample % 30 == 0 && sample > 2000 ? 2700 : 100
            now += elapsed * millisecond
            cpu.withLock { $0.user += .milliseconds(elapsed) }
            sampling.sample(&searches, maxGap: 1000 * millisecond, checkInterval: 10_000 * millisecond) { now }
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.observed == .milliseconds(100 * (3999 - 67)))
        #expect(abs((seen.cpu.user - seen.observed).seconds) <= 10)
    }

    @Test func `years of waiting are added up`() throws {
        let crowd = CrowdedProcess(interpreters: 2, threads: 1, holder: 0, waiting: 4_000_000)
        let process = crowd.location.process
        var sampling = SampledProcess(crowd.location, memory: ChangingMemory(crowd.image)) { _ in
            KernelRecord(process, threads: 8_000_002)
        }
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        for _ in 0..<10 {
            now += 86_400_000 * millisecond
            sampling.sample { now }
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.waitingThreads == 8_000_000)
        #expect(seen.locks.held == .seconds(2 * 864_000))
        #expect(seen.locks.wait == .seconds(864_000) * 8_000_000)
    }

    @Test func `a wait ends with a switch, a timed wait and waiting time`() throws {
        let memory = ChangingMemory(python.image)
        var sampling = python.sampling(of: memory)
        var now: UInt64 = 5_000_000_000
        sampling.sample { now }
        var changed = python.image
        var (switches, waits, handoffs): (UInt64, UInt64, UInt64) = (42, 1000, 40)
        /// The waits that end if the counters grow so far, and so many threads wait then.
        func ended(
            switches newSwitches: UInt64,
            waits newWaits: UInt64,
            handoffs newHandoffs: UInt64 = 0,
            waiting: UInt32
        ) throws -> UInt64 {
            let before = try #require(sampling.tracked.observation).locks.waitsEnded
            (switches, waits, handoffs) = (switches + newSwitches, waits + newWaits, handoffs + newHandoffs)
            changed[word: python.gil + 24] = switches
            changed[word: python.gil + 32] = waits << 1
            changed[word: python.gil + 120] = handoffs << 1
            changed[halfWord: python.gil + 32 + 36] = waiting << 3 | 2
            memory.become(.success(changed))
            now += 10 * millisecond
            sampling.sample { now }
            return try #require(sampling.tracked.observation).locks.waitsEnded - before
        }
        #expect(try ended(switches: 0, waits: 6, waiting: 3) == 0, "three threads ask again and again")
        // Two of them take the lock; or one does, if the other's timed wait ended at its limit, and it waits again.
        #expect(try ended(switches: 2, waits: 0, waiting: 1) == 1)
        #expect(try ended(switches: 500, waits: 0, waiting: 1) == 0, "others take it while it is free")
        #expect(try ended(switches: 500, waits: 1, waiting: 1) == 1)
        #expect(try ended(switches: 4, waits: 0, waiting: 3) == 0, "more threads wait than began to")
        #expect(try ended(switches: 3, waits: 0, waiting: 0) == 3, "and a half of those before")
        // A thread asks, gets the lock, and returns it soon; the thread that computes takes it again without a wait.
        #expect(try ended(switches: 2, waits: 2, handoffs: 1, waiting: 0) == 1)
        // Two threads compute in turn: each asks once, and gets the lock soon.
        #expect(try ended(switches: 2, waits: 4, handoffs: 2, waiting: 0) == 2)
        // The request was made before a sample, and led to a hand-off after it.
        #expect(try ended(switches: 0, waits: 2, waiting: 1) == 0)
        #expect(try ended(switches: 1, waits: 0, handoffs: 1, waiting: 0) == 1)
    }

    @Test func `CPU time is of the same part of the life as held time, its end included`() throws {
        let cpu = Protected(CPUTime(user: .seconds(7), system: .seconds(2)))
        let process = python.location.process
        let memory = ChangingMemory(python.image)
        var sampling = SampledProcess(python.location, memory: memory) { _ in
            KernelRecord(process, threads: 4, cpu: cpu.withLock { $0 })
        }
        var now: UInt64 = 5_000_000_000
        for _ in 0...100 {
            sampling.sample { now }
            now += 10 * millisecond
            cpu.withLock { $0.user += .milliseconds(10) }
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.locks.held == .seconds(1))
        #expect((930...1000).contains(seen.cpu.user.seconds * 1000) && seen.cpu.system == .zero)
        #expect(seen.cpuBefore == CPUTime(user: .seconds(7), system: .seconds(2)))
        // The parent has not waited for it yet.
        memory.become(.failure(.gone))
        sampling.sample { now }
        #expect(sampling.tracked.state == .ended)
        #expect(sampling.tracked.observation?.cpu.user == .milliseconds(1010))
    }

    @Test func `a lack of descriptors does not end a process`() throws {
        let isShort = Protected(false)
        let process = python.location.process
        let ask: @Sendable (Int32) throws(SystemError) -> KernelRecord? = { _ throws(SystemError) in
            let isRefused = isShort.withLock { $0 }
            if isRefused { throw SystemError("open /proc/1/stat", code: EMFILE) }
            return KernelRecord(process, threads: 4)
        }
        var sampling = SampledProcess(python.location, memory: ChangingMemory(python.image), kernel: ask)
        var now: UInt64 = 5_000_000_000
        for sample in 0..<600 {
            isShort.withLock { $0 = (200..<400).contains(sample) }
            sampling.sample { now }
            #expect(sampling.tracked.state == .observed)
            now += 50 * millisecond
        }
        #expect(sampling.tracked.observation?.samples == 600)
    }

    @Test func `a process is sampled only after the kernel has told its CPU time`() throws {
        let isShort = Protected(true)
        let process = python.location.process
        let ask: @Sendable (Int32) throws(SystemError) -> KernelRecord? = { _ throws(SystemError) in
            let isRefused = isShort.withLock { $0 }
            if isRefused { throw SystemError("open /proc/1/stat", code: EMFILE) }
            return KernelRecord(process, threads: 4, cpu: CPUTime(user: .seconds(7)))
        }
        let memory = ChangingMemory(python.image)
        var sampling = SampledProcess(python.location, memory: memory, kernel: ask)
        var now: UInt64 = 5_000_000_000
        for sample in 0..<200 {
            if sample == 40 {
                #expect(memory.reads == 0)
                isShort.withLock { $0 = false }
            }
            sampling.sample { now }
            now += 50 * millisecond
        }
        let seen = try #require(sampling.tracked.observation)
        #expect(seen.samples == 160 && seen.cpuBefore.user == .seconds(7) && seen.cpu.user == .zero)
    }

    @Test func `threads that started after the kernel was asked are believed`() throws {
        let threads = Protected(1)
        let process = python.location.process
        let memory = ChangingMemory(python.image)
        var sampling = SampledProcess(python.location, memory: memory) { _ in
            threads.withLock { threads in
                defer { threads += 3 }
                return KernelRecord(process, threads: threads)
            }
        }
        let now: UInt64 = 5_000_000_000
        sampling.sample { now }
        #expect(sampling.tracked.state == .observed)
        #expect(sampling.tracked.observation?.waitingThreads == 3)
    }
}
