import TestSupport
import Testing

@testable import Probing

struct WorkerReportValidationTests {
    struct Lie: Sendable, CustomTestStringConvertible {
        var message: String
        var tell: @Sendable (inout WorkerReport) -> Void

        init(_ message: String, _ tell: @escaping @Sendable (inout WorkerReport) -> Void) {
            self.message = message
            self.tell = tell
        }

        var testDescription: String { message }
    }

    private static let lies = [
        Lie("it speaks protocol version 2") { $0.protocol = 2 },
        Lie("it is about the probe single") { $0.probe = .single },
        Lie("it has 1 workers, 2 were asked for") { $0.workers.removeLast() },
        Lie("it has 3 workers, 2 were asked for") { $0.workers.append($0.workers[0]) },
        Lie("it has 0 workers, 2 were asked for") { $0.workers = [] },
        Lie("set-up and run took longer than the process lived") { $0.setup = 50_000_001 },
        Lie("set-up and run took longer than the process lived") { $0.setup = .max },
        Lie("the run took no time") { $0.duration = 0 },
        Lie("worker 0 did 5 of 6") { $0.workers.swapAt(0, 1) },
        Lie("worker 1 did 4 of 5") { $0.workers[1].iterations = 4 },
        Lie("worker 1 took longer than all together") { $0.workers[1].wall = 100_000_001 },
        Lie("a part of worker 0's time exceeds its time") { $0.workers[0].user = .max },
        Lie("a part of worker 1's time exceeds its time") { $0.workers[1].system = 102_000_001 },
        Lie("a part of worker 0's time exceeds its time") { $0.workers[0].runQueue = .max },
        Lie("a part of worker 0's time exceeds its time") { $0.workers[0].lockWait = .max },
        Lie("the parts of worker 0's time add up to more than its time") { $0.workers[0].lockWait = 56_000_000 },
        Lie("worker 1 had more context switches than the process lived nanoseconds") {
            $0.workers[1].voluntarySwitches = .max
        },
        Lie("worker 0 had more context switches than the process lived nanoseconds") {
            $0.workers[0].involuntarySwitches = .max
        },
        Lie("no worker was the last to finish") { $0.duration = 110_000_000 },
        Lie("the lock was busy more often than the process lived nanoseconds") { $0.lock?.acquisitions = .max },
        Lie("the lock was busy more often than the process lived nanoseconds") { $0.lock?.timedWaits = .max },
        Lie("the lock changed hands more often than it was taken") { $0.lock?.switches = 41 },
        Lie("the lock changed hands more often than it was taken") {
            $0.lock?.acquisitions = nil
            $0.lock?.switches = .max
        },
        Lie("the lock was handed over more often than it changed hands") { $0.lock?.forcedHandoffs = 39 },
    ]

    @Test func `a consistent report is accepted`() throws {
        try Samples.report.check(against: Samples.expectation)
    }

    @Test(arguments: lies)
    func `a report that cannot be true is refused with the contradiction`(lie: Lie) throws {
        var report = Samples.report
        lie.tell(&report)
        let told = report
        let failure = try #require(throws: WorkerFailure.self) {
            try told.check(against: Samples.expectation, standardError: "why")
        }
        let detail = "the report cannot be believed: \(lie.message)"
        #expect(failure == WorkerFailure(.protocol, detail, standardError: "why"))
    }

    @Test func `a report may leave unobservable parts unknown`() throws {
        var report = Samples.report
        report.lock = nil
        for worker in report.workers.indices {
            report.workers[worker].runQueue = nil
            report.workers[worker].lockWait = nil
            report.workers[worker].voluntarySwitches = nil
            report.workers[worker].involuntarySwitches = nil
        }
        try report.check(against: Samples.expectation)
        #expect(report.workers.allSatisfy { $0.rest == nil })
    }

    @Test func `clocks may differ a little, as they are read one after the other`() throws {
        var report = Samples.report
        // 2 % of 100 ms, and 2 ms, above the 99 ms that are explained already.
        report.workers[0].lockWait = 55_000_000
        try report.check(against: Samples.expectation)
    }

    /// What a worker of a run of so many nanoseconds says that it used, beside what it must say.
    private func check(wall: UInt64, _ change: (inout TimeLedger) -> Void) throws {
        var report = Samples.report
        report.probe = .single
        report.duration = wall
        report.workers = [TimeLedger(iterations: 11, wall: wall, user: 0, system: 0)]
        report.lock = nil
        change(&report.workers[0])
        var expectation = Samples.expectation
        (expectation.probe, expectation.workers) = (.single, 1)
        try report.check(against: expectation)
    }

    @Test func `a short run has less tolerance than a long one`() throws {
        #expect(throws: WorkerFailure.self) { try check(wall: 1) { $0.user = 2_000_000 } }
        #expect(throws: WorkerFailure.self) { try check(wall: 1) { $0.user = 2 } }
        #expect(throws: WorkerFailure.self) { try check(wall: 100_000) { $0.user = 130_000 } }
        #expect(throws: WorkerFailure.self) { try check(wall: 100_000) { $0.runQueue = 210_000 } }
        // What was waited for a CPU between two readings, counted twice.
        try check(wall: 100_000) { ($0.user, $0.runQueue) = (20_000, 160_000) }
        try check(wall: 100_000) { $0.user = 101_000 }
        try check(wall: 1) { $0.user = 1 }
    }
}

/// Reports of runs with several phases.
struct PhaseValidationTests {
    private typealias Lie = WorkerReportValidationTests.Lie

    private static let referenceCountLies = [
        Lie("the phases took longer than all together") { $0.referenceCountPhases?[1].duration = .max },
        Lie("the phases took longer than all together") { $0.referenceCountPhases?[1].duration = 0 },
        Lie("the phases took less time than all together") { $0.referenceCountPhases?.removeLast() },
        Lie("the phases took less time than all together") { $0.referenceCountPhases = nil },
        Lie("the phase unprotected, shared, had 3 workers, 2 were asked for") {
            $0.referenceCountPhases?[1].workers = 3
        },
        Lie("the phase unprotected, shared, had 0 workers, 2 were asked for") {
            $0.referenceCountPhases?[0].workers = 0
        },
        Lie("the phase unprotected, shared, is in it twice") { $0.referenceCountPhases?[1].workers = 1 },
        Lie("the phase atomic, shared, did 29 of 30 pairs") { $0.referenceCountPhases?[3].pairs = 29 },
        Lie("the phase atomic, shared, did more pairs than a CPU can in its time") {
            $0.referenceCountPhases?[3].pairs = .max
        },
        Lie("the workers of the phase atomic, shared, took no time, or more than all together") {
            $0.referenceCountPhases?[3].workerTime = 0
        },
        Lie("the workers of the phase atomic, shared, took no time, or more than all together") {
            $0.referenceCountPhases?[3].workerTime = .max
        },
        Lie("worker 1 did more than a CPU can in its time") { $0.workers[1].iterations = 600_000_010 },
        Lie("the pairs of the workers do not add up to those of the phases") { $0.workers[1].iterations = 31 },
        Lie("the phase unprotected, shared, lost more references than it took") {
            $0.referenceCountPhases?[1].leaked = 31
        },
        Lie("the phase unprotected, shared, lost more references than it took") {
            $0.referenceCountPhases?[1].releasedEarly = .max
        },
    ]

    private static let latencyLies = [
        Lie("the phases took longer than all together") { $0.latencyPhases?[1].duration = 80_000_001 },
        Lie("the phases took less time than all together") { $0.latencyPhases = [] },
        Lie("not one phase had the waking worker alone") { $0.latencyPhases?[0].lock = .own },
        Lie("a phase is in it twice") { $0.latencyPhases?[2].lock = .shared },
        Lie("no phase had other workers") {
            $0.latencyPhases?.removeLast(2)
            $0.latencyPhases?[0].duration = 100_000_000
        },
        Lie("the phase alone had 2 workers, not 1") { $0.latencyPhases?[0].workers = 2 },
        Lie("the phase shared had 1 workers, not 2") { $0.latencyPhases?[1].workers = 1 },
        Lie("the phase shared had 0 wake-ups, 3 were asked for") { $0.latencyPhases?[1].delays = [] },
        Lie("the phase none had 4 wake-ups, 3 were asked for") { $0.latencyPhases?[2].delays += [1, 2] },
        Lie("a delay in the phase none is longer than the phase") { $0.latencyPhases?[2].delays[0] = 10_000_001 },
        Lie("a delay in the phase none is longer than the phase") { $0.latencyPhases?[2].runQueue = .max },
        Lie("worker 0 counted down, which should have waked up") { $0.workers[0].iterations = 1 },
        Lie("worker 1 did more than a CPU can in its time") { $0.workers[1].iterations = .max },
    ]

    @Test func `consistent phases are accepted`() throws {
        try Samples.referenceCounts.check(against: WorkerReport.Expectation(probe: .refcount, iterations: 30))
        try Samples.latency.check(against: WorkerReport.Expectation(probe: .latency, iterations: 3))
    }

    @Test(arguments: referenceCountLies)
    private func `phases of refcount that cannot be true are refused`(lie: Lie) throws {
        try expectRefusal(of: Samples.referenceCounts, WorkerReport.Expectation(probe: .refcount, iterations: 30), lie)
    }

    @Test(arguments: latencyLies)
    private func `phases of latency that cannot be true are refused`(lie: Lie) throws {
        try expectRefusal(of: Samples.latency, WorkerReport.Expectation(probe: .latency, iterations: 3), lie)
    }

    private func expectRefusal(
        of report: WorkerReport,
        _ expectation: WorkerReport.Expectation,
        _ lie: Lie
    ) throws {
        var told = report
        lie.tell(&told)
        let final = told
        let failure = try #require(throws: WorkerFailure.self) { try final.check(against: expectation) }
        #expect(failure == WorkerFailure(.protocol, "the report cannot be believed: \(lie.message)"))
    }
}

/// Whatever a worker writes, it gives a measurement whose parts are no more than the whole, or a failure.
struct ReportMutationTests {
    private static let originals = [
        (Samples.report, Samples.expectation),
        (Samples.referenceCounts, WorkerReport.Expectation(probe: .refcount, iterations: 30)),
        (Samples.latency, WorkerReport.Expectation(probe: .latency, iterations: 3)),
    ]

    @Test(arguments: 0..<8 as Range<UInt64>, originals.indices)
    func `a damaged report is refused, or its ledgers add up`(seed: UInt64, index: Int) throws {
        let (sample, expectation) = Self.originals[index]
        let original = try WorkerJSON.encode(sample)
        var random = SeededGenerator(seed: seed)
        var believed = 0
        for _ in 0..<500 {
            let text = damaged(original, &random)
            guard let report = try? WorkerJSON.decode(WorkerReport.self, from: text) else { continue }
            guard (try? report.check(against: expectation)) != nil else { continue }
            believed += 1
            let measurement = Measurement(of: "fake", report, disturbances: [], finished: 0)
            let ledger = measurement.ledger
            let explained = ledger.cpu + (ledger.runQueue ?? 0) + (ledger.lockWait ?? 0)
            #expect(explained <= ledger.wall + ledger.wall / 50 + 4_000_000)
            let pairs = measurement.referenceCounts.reduce(0) { $0 + $1.pairs }
            switch report.probe.work {
            case .countdown: #expect(ledger.iterations == 11)
            case .referenceCounts: #expect(ledger.iterations == pairs)
            case .wakeUps: #expect(ledger.iterations <= 10 * ledger.wall)
            }
            #expect(measurement.cpuUtilization.isFinite)
        }
        // Damage to a count that is not checked is not seen: without any, the generator damages too much to test this.
        #expect(believed > 0)
    }

    /// What numbers of a report may be replaced by.
    private let numbers = [
        "0", "-1", "1", "1.5", "1e3", "1e30", "18446744073709551615", "18446744073709551616", "null",
    ]

    private func damaged(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var text = original
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = text.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                text[place] = UInt8.random(in: 0...255, using: &random)
            case 1:
                let end = min(text.count, place + Int.random(in: 1...20, using: &random))
                text.removeSubrange(place..<end)
                if text.isEmpty { return text }
            default:
                guard let start = text[place...].firstIndex(where: isDigit) else { continue }
                let end = text[start...].firstIndex { !isDigit($0) } ?? text.endIndex
                text.replaceSubrange(start..<end, with: (numbers.randomElement(using: &random) ?? "").utf8)
            }
        }
        return text
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension WorkerReport.Expectation {
    /// Of a run of two workers with phases, as in ``Samples``.
    fileprivate init(probe: Probe, iterations: Int) {
        self.init(probe: probe, workers: 2, iterations: iterations, lifetime: 150_000_000)
    }
}
