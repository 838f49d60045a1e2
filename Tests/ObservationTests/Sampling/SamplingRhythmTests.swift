import Glibc
import Linux
import Testing

@testable import Observation

struct SamplingRhythmTests {
    @Test(arguments: [Wave(on: 0.1, period: 10), Wave(on: 1, period: 100), Wave(on: 0.005, period: 0.1)])
    func `held time is right on average, however seldom and briefly the lock is held`(wave: Wave) {
        var program = SimulatedProgram(wave)
        program.run(for: max(wave.period * 1500, 15_000), rate: 5)
        let truth = wave.on / wave.period
        #expect(abs(program.heldRatio - truth) < 0.15 * truth, "\(program.heldRatio), in truth \(truth)")
    }

    @Test
    func `a program that sleeps is read every few seconds, and works at the full rate six seconds later at most`() {
        var program = SimulatedProgram(Wave(on: 1e6, period: 2e6, from: 1000))
        program.run(for: 1000, rate: 100)
        let samples = program.samples
        let isResting = program.process.rest != nil
        #expect(isResting && samples < 100 * 20 + 200)
        program.run(for: 6, rate: 100)
        let isStillResting = program.process.rest != nil
        #expect(!isStillResting)
        let before = program.samples
        program.run(for: 100, rate: 100)
        #expect(program.samples - before > 9000)
        // The share of the first stretch is what one reading found.
        #expect(abs(program.heldSeconds - 106) <= 5.1)
    }

    @Test(arguments: 0..<10)
    func `work that sleeps with the lock is noticed by the little CPU that it takes`(start: Int) {
        let wave = Wave(on: 0.01, period: 0.02, from: 1000 + 0.4 * Double(start))
        var program = SimulatedProgram(wave, cpuShare: 0.004)
        program.run(for: wave.from, rate: 100)
        #expect(program.samples < 2000)
        program.run(for: 6, rate: 100)
        let isResting = program.process.rest != nil
        #expect(!isResting)
    }

    @Test(arguments: 0..<10)
    func `work is noticed by its CPU time even if the start and earlier work took more`(start: Int) {
        // It starts, works from 100 to 200, and then sleeps until it works again.
        let wave = Wave(on: 0.01, period: 0.02, from: 260 + 0.4 * Double(start), before: 100..<200)
        var program = SimulatedProgram(wave, cpuShare: 0.006, idleShare: 0.0009, startup: 0.3)
        program.run(for: wave.from, rate: 100)
        let before = program.samples
        let isResting = program.process.rest != nil
        #expect(isResting)
        program.run(for: 6, rate: 100)
        let isStillResting = program.process.rest != nil
        #expect(!isStillResting && program.samples > before + 10)
    }

    @Test func `a program that rests but wakes up all the time is read more often`() {
        var program = SimulatedProgram(Wave(on: 0, period: 1), idleShare: 0.001)
        program.run(for: 100, rate: 100)
        let before = program.samples
        program.run(for: 1000, rate: 100)
        #expect((950...1030).contains(program.samples - before))
    }

    @Test(arguments: [Wave(on: 0.01, period: 5), Wave(on: 0.006, period: 2.5)])
    func `a program that wakes up briefly every few seconds is not sampled at the full rate for that`(wave: Wave) {
        var program = SimulatedProgram(wave)
        program.run(for: 3000, rate: 100)
        #expect(program.samples < 60_000)
    }

    @Test(arguments: [Wave(on: 0.002, period: 60), Wave(on: 0.005, period: 30)])
    func `a program that uses as little CPU as usual rests`(wave: Wave) {
        var program = SimulatedProgram(wave, cpuShare: 1)
        program.run(for: 3000, rate: 100)
        let before = program.samples
        program.run(for: 3000, rate: 100)
        #expect(program.samples - before < 3000)
    }

    @Test
    func `a lock that is used for a twentieth of the time is hardly ever taken for idle, however few the samples`() {
        // It sleeps with the lock, so its CPU time does not tell.
        var program = SimulatedProgram(Wave(on: 0.005, period: 0.1), cpuShare: 0.01)
        program.run(for: 2000, rate: 4)
        #expect(program.samples > 4 * 2000 * 9 / 10)
    }

    @Test func `processes that begin to rest together do not stay together, nor when stretches become longer`() throws {
        var generator = SplitMix64(seed: 20_261_129)
        let second: UInt64 = 1_000_000_000
        for (first, later) in [(5, 5), (5, 80)] as [(UInt64, UInt64)] {
            let (first, later) = (first * second, later * second)
            let phases = try (0..<1000).map { _ in
                var rhythm = SamplingRhythm()
                for stretch in UInt64(1)...4 where rhythm.rest == nil {
                    rhythm.begin(at: 5 * stretch * second, cpu: 0, .random(using: &generator), length: first)
                }
                let end = try #require(rhythm.rest).end
                #expect((0.25...1).contains(Double(end - 15 * second) / Double(first)))
                rhythm.begin(at: end, cpu: 0, .random(using: &generator), length: later)
                return Double(try #require(rhythm.rest).end - 15 * second) / Double(later)
            }
            let mean = phases.reduce(0, +) / 1000
            let variance = phases.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000
            // Of numbers spread over three quarters, it is 0.047.
            #expect(variance > 0.04)
        }
    }

    @Test func `a burst of CPU in a short first stretch is not taken for work`() {
        for length in [0.0, 0.5, 0.999] {
            var rhythm = SamplingRhythm()
            let luck = SamplingRhythm.Luck(moment: 0, length: length)
            var now: UInt64 = 0
            // 5 ms in 5 s.
            for second in 0..<4 {
                now = 5_000_000_000 * UInt64(second)
                rhythm.begin(at: now, cpu: 5_000_000 * UInt64(second), luck, length: SamplingRhythm.stretch)
            }
            for _ in 0..<4 {
                let isResting = rhythm.rest != nil
                #expect(isResting)
                rhythm.begin(at: rhythm.rest?.end ?? 0, cpu: 20_000_000, luck, length: SamplingRhythm.stretch)
            }
            let isResting = rhythm.rest != nil
            #expect(isResting)
        }
    }

    @Test func `the CPU clock is asked only of a program whose lock was not in use`() {
        var rhythm = SamplingRhythm()
        rhythm.begin(at: 0, cpu: 0, SamplingRhythm.Luck(), length: SamplingRhythm.stretch)
        let asksWhenQuiet = asks(rhythm, at: SamplingRhythm.stretch)
        rhythm.noteUse()
        let asksWhenBusy = asks(rhythm, at: SamplingRhythm.stretch)
        #expect(asksWhenQuiet == 1 && asksWhenBusy == 0)
    }

    private func asks(_ rhythm: SamplingRhythm, at now: UInt64) -> Int {
        var count = 0
        _ = rhythm.isOver(at: now) {
            count += 1
            return 1
        }
        return count
    }

    @Test func `a rest has news once, at its end`() {
        var program = SimulatedProgram(Wave(on: 0, period: 1))
        program.run(for: 100, rate: 100)
        let isResting = program.process.rest != nil
        _ = program.hasNews()
        let before = program.samples
        var news: UInt64 = 0
        for _ in 0..<1000 {
            program.run(for: 0.1, rate: 100)
            if program.hasNews() { news += 1 }
        }
        #expect(isResting && program.samples > before + 10)
        #expect(news == program.samples - before)
    }

    @Test func `a reading that finds the lock in use is news at once`() {
        var program = SimulatedProgram(Wave(on: 1e6, period: 2e6, from: 100), cpuShare: 0)
        program.run(for: 100, rate: 100)
        let isResting = program.process.rest != nil
        _ = program.hasNews()
        var isFound = false
        for _ in 0..<100 where !isFound {
            let before = program.samples
            program.run(for: 0.1, rate: 100)
            isFound = program.hasNews() && program.samples == before
        }
        #expect(isResting && isFound)
    }

    @Test func `time in which nothing could be read counts for nothing, and is not made up for`() {
        var program = SimulatedProgram(Wave(on: 0, period: 1), idleShare: 0.001)
        program.run(for: 100, rate: 100)
        let (samples, observed) = (program.samples, program.observedSeconds)
        let isResting = program.process.rest != nil
        #expect(isResting)
        program.pause(for: 3600)
        program.run(for: 20, rate: 100)
        #expect(program.samples - samples < 30)
        #expect((15...25).contains(program.observedSeconds - observed))
    }

    @Test func `a lock that is held after this program was stopped was not held throughout`() {
        var program = SimulatedProgram(Wave(on: 1e6, period: 2e6, from: 2000))
        program.run(for: 100, rate: 100)
        let isResting = program.process.rest != nil
        #expect(isResting)
        program.pause(for: 3600)
        program.run(for: 20, rate: 100)
        #expect((10...25).contains(program.heldSeconds))
    }

    @Test func `what a program that rests uses while this program is stopped counts for nothing`() {
        var program = SimulatedProgram(Wave(on: 1e6, period: 2e6, from: 110))
        program.run(for: 100, rate: 100)
        let isResting = program.process.rest != nil
        #expect(isResting)
        program.pause(for: 600)
        program.run(for: 60, rate: 100)
        #expect((50...65).contains(program.heldSeconds))
        #expect(abs(program.cpuSeconds - program.heldSeconds) < 7, "\(program.cpuSeconds) \(program.heldSeconds)")
    }

    @Test func `a program that ends while it rests does not hold its lock afterwards`() {
        var program = SimulatedProgram(Wave(on: 0, period: 1))
        program.run(for: 100, rate: 100)
        let isResting = program.process.rest != nil
        #expect(isResting)
        program.end()
        program.run(for: 10, rate: 100)
        let hasEnded = program.process.state == .ended
        #expect(hasEnded && program.heldSeconds == 0)
        #expect((95...105).contains(program.observedSeconds))
    }

    @Test func `what a program does before it ends counts on average, although it rests`() {
        let (runs, work) = (400, 2.0)
        var (held, observed) = (0.0, 0.0)
        for run in 0..<runs {
            let life = 60 + 9 * Double(run) / Double(runs)
            var program = SimulatedProgram(Wave(on: 1e6, period: 2e6, from: life - work), seed: UInt64(run))
            program.run(for: life, rate: 20)
            program.end()
            program.run(for: 10, rate: 20)
            held += program.heldSeconds
            observed += program.observedSeconds - life
        }
        // Each counts 0, or the 4.5 s of a stretch.
        #expect(abs(held / Double(runs) - work) < 0.4, "\(held / Double(runs))")
        #expect(abs(observed / Double(runs)) < 0.4, "\(observed / Double(runs))")
    }
}

/// A lock that is held for a time in each period, by a thread that uses a CPU meanwhile. In seconds.
struct Wave: Sendable, CustomTestStringConvertible {
    var on: Double
    var period: Double
    /// The beginning of the first period.
    var from = 0.0
    /// Periods before that.
    var before = 0.0..<0.0

    var testDescription: String { "\(on) s in \(period) s" }

    func isOn(at time: Double) -> Bool {
        (time >= from || before.contains(time)) && phase(at: time) < on
    }

    func timeOn(until time: Double) -> Double {
        timeOn(since: before.lowerBound, until: min(time, before.upperBound)) + timeOn(since: from, until: time)
    }

    private func phase(at time: Double) -> Double {
        (time - (time < from ? before.lowerBound : from)).truncatingRemainder(dividingBy: period)
    }

    private func timeOn(since from: Double, until time: Double) -> Double {
        guard time >= from else { return 0 }
        let periods = ((time - from) / period).rounded(.down)
        return periods * on + min(on, time - from - periods * period)
    }
}

/// A program with such a lock, sampled on a clock of its own.
private struct SimulatedProgram {
    private(set) var process: SampledProcess<ChangingMemory>
    private let memory: ChangingMemory
    private let wave: Wave
    private let cpuShare: Double
    private let idleShare: Double
    private let startup: Double
    private let free: MemoryImage
    private let held: MemoryImage
    private let record: Protected<KernelRecord?>
    private let identity: ProcessIdentity
    private let start = 5_000_000_000.0
    private var time = 0.0
    private var stop = 0.0
    private var generator: SplitMix64

    /// - Parameters:
    ///   - cpuShare: of the time in which it holds the lock.
    ///   - idleShare: of all time.
    ///   - startup: seconds of CPU that it uses at its start.
    init(_ wave: Wave, cpuShare: Double = 1, idleShare: Double = 0, startup: Double = 0, seed: UInt64 = 7) {
        generator = SplitMix64(seed: seed)
        let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 11, micro: 2))
        var image = python.image
        // No thread waits.
        image[halfWord: python.gil + 68] = 2
        held = image
        image[halfWord: python.gil + 16] = 0
        free = image
        self.wave = wave
        (self.cpuShare, self.idleShare, self.startup) = (cpuShare, idleShare, startup)
        memory = ChangingMemory(free)
        identity = python.location.process
        let record = Protected<KernelRecord?>(KernelRecord(identity, threads: 4, cpu: CPUTime()))
        self.record = record
        process = SampledProcess(
            python.location,
            memory: memory,
            mayRest: true,
            kernel: { _ in record.withLock { $0 } },
            cpuClock: { _ in record.withLock { $0?.cpu }.map { UInt64($0.sum.nanoseconds) } }
        )
    }

    var samples: UInt64 { process.tracked.observation?.samples ?? 0 }
    var heldSeconds: Double { process.tracked.observation?.locks.held.seconds ?? 0 }
    var observedSeconds: Double { process.tracked.observation?.observed.seconds ?? 0 }
    var cpuSeconds: Double { process.tracked.observation?.cpu.sum.seconds ?? 0 }
    var heldRatio: Double { heldSeconds / observedSeconds }

    mutating func end() {
        record.withLock { $0 = nil }
        memory.become(.failure(.gone))
    }

    /// Whether there is something to publish since the last call.
    mutating func hasNews() -> Bool { process.takeNews() != nil }

    /// Lets time pass without samples.
    mutating func pause(for seconds: Double) {
        stop += seconds
        time = stop
    }

    /// - Parameter rate: samples a second at the full rate.
    mutating func run(for seconds: Double, rate: Double) {
        stop += seconds
        while true {
            let pause = -log(Double.random(in: .leastNonzeroMagnitude..<1, using: &generator)) / rate
            // The next pass after a reading of a resting process is due.
            let due = max(time, (Double(process.due) - start) / 1e9) + pause
            guard due < stop else { return }
            time = due
            if record.withLock({ $0 }) != nil {
                memory.become(.success(wave.isOn(at: time) ? held : free))
                let seconds = min(time, startup) + time * idleShare + wave.timeOn(until: time) * cpuShare
                let cpu = CPUTime(user: .microseconds(Int64(seconds * 1e6)))
                record.withLock { [identity] in $0 = KernelRecord(identity, threads: 4, cpu: cpu) }
            }
            var searches = SearchLimiter(cpuBudget: 1) { 0 }
            let now = UInt64(start + time * 1e9)
            process.sample(
                &searches,
                maxGap: 10_000_000_000,
                luck: .random(using: &generator),
                clock: { now }
            )
        }
    }
}
