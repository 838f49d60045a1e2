import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct HolderLedgerTests {
    private static let second: UInt64 = 1_000_000_000
    private static let step: UInt64 = 10_000_000

    private let threads = FakeThreads()
    private var ledger: HolderLedger<FakeThreads>

    init() { ledger = HolderLedger(of: threads) }

    /// Lets thread `number` hold the lock in a share of the samples of one second, and then settles.
    private mutating func pass(
        _ number: UInt64 = 7,
        isHeld: (Int) -> Bool = { _ in true },
        cpu: UInt64,
        waiting: Int = 0,
        process: UInt64? = nil,
        native: (UInt64) -> UInt64? = { $0 }
    ) {
        for sample in 0..<100 where isHeld(sample) {
            ledger.add(number, held: Self.step, waiting: waiting, at: 0, native: native)
        }
        threads.use(cpu, by: Int32(number))
        ledger.settle(cpu: process, spacing: Self.step, native: native)
    }

    @Test func `the number of a thread is unknown while descriptors are short, and then known`() async {
        await #expect(processExitsWith: .success) {
            var threads = KernelThreads(pid: getpid())
            let own = UInt64(getpid())
            DescriptorShortage.begin()
            let during = threads.number(of: own, at: 0)
            DescriptorShortage.end()
            #expect(during == nil)
            let after = threads.number(of: own, at: 0)
            #expect(after == getpid())
        }
    }

    @Test mutating func `a holder that computes has a CPU`() {
        for _ in 0..<10 { pass(cpu: Self.second, waiting: 1) }
        #expect(ledger.totals == HolderTotals(onCPU: .seconds(10), stalledWait: .zero))
    }

    @Test mutating func `a holder that has a CPU for two fifths of the time makes the others wait without one`() {
        for _ in 0..<100 { pass(cpu: Self.second * 2 / 5, waiting: 3) }
        #expect((40...40.3).contains(ledger.totals.onCPU.seconds))
        let truth = 3 * 60.0
        #expect((truth - 3...truth).contains(ledger.totals.stalledWait.seconds))
    }

    @Test mutating func `a holder that sleeps has no CPU`() {
        for _ in 0..<10 { pass(cpu: 0, waiting: 2) }
        #expect(ledger.totals.onCPU.seconds <= 0.01)
        #expect((19...20).contains(ledger.totals.stalledWait.seconds))
    }

    @Test mutating func `CPU time that is used without the lock is not held`() {
        for _ in 0..<10 { pass(isHeld: { $0 < 5 }, cpu: Self.second) }
        #expect(ledger.totals.onCPU == .milliseconds(500))
    }

    @Test mutating func `the chance of sampling hardly looks like a holder without a CPU`() {
        var generator = SplitMix64(seed: 20_261_128)
        var held = 0
        for _ in 0..<2000 {
            let pattern = (0..<100).map { _ in Bool.random(using: &generator) }
            held += pattern.count(where: { $0 })
            pass(isHeld: { pattern[$0] }, cpu: Self.second / 2, waiting: 1)
        }
        let time = Double(held) / 100
        #expect(ledger.totals.onCPU.seconds > 0.985 * time && ledger.totals.onCPU.seconds <= time)
        #expect(ledger.totals.stalledWait.seconds < 0.015 * time)
    }

    @Test mutating func `a thread that is rarely seen is compared over all the time between`() {
        // It computes for a hundredth of each second, and every other second a sample finds it.
        for second in 0..<1000 { pass(isHeld: { $0 == 0 && second.isMultiple(of: 2) }, cpu: Self.step / 2) }
        #expect((4.9...5).contains(ledger.totals.onCPU.seconds))
    }

    @Test mutating func `another thread at the same address is not compared with the one before`() {
        pass(cpu: Self.second)
        pass(cpu: 0, native: { _ in 8 })
        #expect(ledger.totals.onCPU == .seconds(2), "unknown, so the limit is the held time")
        pass(cpu: 0, waiting: 1, native: { _ in 8 })
        pass(cpu: 0, waiting: 1, native: { _ in 8 })
        #expect(ledger.totals.onCPU.seconds < 2.02)
        #expect(ledger.totals.stalledWait.seconds > 1.5)
    }

    @Test mutating func `the CPU time of the process limits holders that are not known`() {
        for second in 0..<10 {
            pass(cpu: 0, waiting: 1, process: UInt64(second) * Self.second / 4, native: { _ in nil })
        }
        // Before the first comparison it is unknown.
        #expect((1 + 9 / 4...3.3).contains(ledger.totals.onCPU.seconds))
        #expect((6.2...6.75).contains(ledger.totals.stalledWait.seconds))
    }

    @Test mutating func `a process that rests, and computes now and then, has a CPU while it holds its lock`() {
        // One second in a hundred, found by one reading in a stretch, after which it is sampled at the full rate for a while.
        var generator = SplitMix64(seed: 20_261_130)
        let stretch = SamplingRhythm.stretch
        var (now, cpu, held) = (UInt64(0), UInt64(0), 0.0)
        /// Seconds of CPU until a moment.
        func used(_ time: UInt64) -> UInt64 {
            let (number, age) = time.quotientAndRemainder(dividingBy: 100 * Self.second)
            return number * Self.second + min(age, Self.second)
        }
        while held < 500 {
            let reading = now + .random(in: 0..<stretch, using: &generator)
            now += stretch
            cpu = used(now)
            let isHit = reading % (100 * Self.second) < Self.second
            if isHit {
                ledger.add(7, held: stretch, waiting: 1, at: now) { _ in nil }
                held += Double(stretch) / 1e9
            }
            ledger.settle(cpu: cpu, spacing: stretch) { _ in nil }
            guard isHit else { continue }
            for _ in 0..<9 {
                now += Self.second
                ledger.settle(cpu: used(now), spacing: Self.step) { _ in nil }
            }
        }
        #expect((0.9 * held...held).contains(ledger.totals.onCPU.seconds))
        #expect(ledger.totals.stalledWait.seconds < 0.1 * held)
    }

    @Test mutating func `any number of threads, and numbers that go back, stay within held and waited time`() {
        var generator = SplitMix64(seed: 20_261_129)
        var (held, waited) = (0.0, 0.0)
        for window in 0..<300 {
            for _ in 0..<100 {
                let thread = UInt64.random(in: 0..<50, using: &generator)
                let waiting = Int.random(in: 0...3, using: &generator)
                ledger.add(thread, held: Self.step, waiting: waiting, at: 0) { $0 }
                held += 0.01
                waited += 0.01 * Double(waiting)
                threads.set(.random(in: 0...(1 << 32), using: &generator), of: Int32(thread))
            }
            let cpu = window.isMultiple(of: 3) ? nil : UInt64.random(in: .min ... .max, using: &generator)
            ledger.settle(cpu: cpu, spacing: .random(in: 0...Self.second, using: &generator)) { $0 }
            if window.isMultiple(of: 17) { ledger.close() }
            #expect(ledger.totals.onCPU.seconds <= held + 1e-6)
            #expect(ledger.totals.stalledWait.seconds <= waited + 1e-6)
        }
    }
}

/// Threads whose CPU time a test decides.
private final class FakeThreads: ThreadDirectory {
    private let times = Protected<[Int32: UInt64]>([:])

    func use(_ nanoseconds: UInt64, by number: Int32) { times.withLock { $0[number, default: 0] += nanoseconds } }
    func set(_ nanoseconds: UInt64, of number: Int32) { times.withLock { $0[number] = nanoseconds } }

    func number(of native: UInt64, at now: UInt64) -> Int32? { Int32(native) }
    func cpu(of number: Int32) -> UInt64? { times.withLock { $0[number] ?? 0 } }
    func progress(of number: Int32) -> ThreadProgress? { nil }
}

/// Real interpreters that measure their own CPU time.
@Suite(.enabled(if: PythonInterpreter.any != nil, "needs python3 from 3.8 on, on PATH (Debian: python3)"), .serialized)
struct HolderTests {
    private static let script = """
        import hashlib
        block = bytes(1 << 23)
        cpu = {"with": 0.0, "without": 0.0}
        ended = False
        def count():
            while not ended: pass
            cpu["with"] += time.thread_time()
        def digest():
            while not ended: hashlib.sha256(block)
            cpu["without"] += time.thread_time()
        def compete():
            # Another process on the same CPU.
            place = {min(os.sched_getaffinity(0))}
            os.sched_setaffinity(0, place)
            parent = os.getpid()
            if os.fork() == 0:
                while os.getppid() == parent: pass
                os._exit(0)
        def run(*functions):
            global ended
            threads = [threading.Thread(target=function) for function in functions]
            wait_for_line()
            for thread in threads: thread.start()
            wait_for_line()
            ended = True
            for thread in threads: thread.join()
            say(*(int(1e6 * seconds) for seconds in cpu.values()))
            wait_for_line()

        """

    /// What the sampler saw of `functions` of the script, and the CPU time with and without the lock by their own account.
    private func observe(
        _ interpreter: PythonInterpreter,
        _ functions: String,
        for seconds: Int = 4
    ) throws -> (seen: ProcessObservation, with: Double, without: Double) {
        let python = try PythonProcess(interpreter, Self.script + functions)
        let location = try python.location()
        let sampler = try GILSampler(GILSampler.Settings(rate: 500, cpuBudget: 1))
        sampler.track(location)
        func wait(until condition: (ProcessObservation) -> Bool) throws -> ProcessObservation {
            for _ in 1...20_000 {
                if let seen = sampler.publication().processes[location.process]?.observation, condition(seen) {
                    return seen
                }
                usleep(1000)
            }
            throw SystemError("wait", code: ETIMEDOUT)
        }
        let begun = try wait { $0.samples > 10 }.observed
        python.send()
        let end = try wait { $0.observed > begun + .seconds(seconds) }.observed
        python.send()
        let own = try python.numbers().map { Double($0) / 1e6 }
        // The ledger settles once a second.
        let seen = try wait { $0.observed > end + .seconds(2) }
        return (seen, own[0], own[1])
    }

    @Test(arguments: PythonInterpreter.all)
    func `threads that compute in Python are on a CPU with the lock, as they account for it`(
        interpreter: PythonInterpreter
    ) throws {
        let (seen, with, _) = try observe(interpreter, "run(count, count)")
        #expect(abs(seen.holders.onCPU.seconds - with) < 0.1 * with + 0.2)
        #expect(seen.holders.onCPU <= seen.locks.held)
        #expect(seen.holders.stalledWait <= seen.locks.wait)
    }

    @Test(arguments: PythonInterpreter.all)
    func `CPU time without the lock is told apart`(interpreter: PythonInterpreter) throws {
        let (seen, with, without) = try observe(interpreter, "run(count, digest)")
        #expect(without > 0.2)
        #expect(abs(seen.holders.onCPU.seconds - with) < 0.1 * (with + without) + 0.2)
    }

    @Test(arguments: PythonInterpreter.all)
    func `waiting behind a holder that shares its CPU is told apart`(interpreter: PythonInterpreter) throws {
        let (seen, with, _) = try observe(interpreter, "compete(); run(count, count, count)", for: 5)
        #expect(abs(seen.holders.onCPU.seconds - with) < 0.15 * with + 0.2)
        let truth = 1 - with / seen.locks.held.seconds
        let stalled = seen.holders.stalledWait.seconds / seen.locks.wait.seconds
        #expect(truth > 0.3 && abs(stalled - truth) < 0.15, "\(stalled) and \(truth)")
    }

    @Test(arguments: PythonInterpreter.all)
    func `waiting behind a holder that sleeps is told apart`(interpreter: PythonInterpreter) throws {
        let keep = """
            def keep():
                ctypes.PyDLL(None).usleep(4_000_000)  # PyDLL keeps the lock while it calls
            run(count, keep)
            """
        let (seen, _, _) = try observe(interpreter, keep)
        #expect(seen.locks.held > .seconds(3))
        #expect(seen.holders.stalledWait.seconds > 0.7 * seen.locks.wait.seconds)
        #expect(seen.holders.onCPU.seconds < 0.5 * seen.locks.held.seconds)
    }
}
