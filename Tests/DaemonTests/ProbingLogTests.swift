import TestSupport
import Testing

@testable import Daemon
@testable import Probing

struct DisturbanceStreaksTests {
    @Test func `a long streak is reported once, and so is its end`() {
        var streaks = DisturbanceStreaks()
        let changes = Array(repeating: true, count: 12).map { streaks.record(measurement(disturbed: $0)) }
        #expect(changes == Array(repeating: nil, count: 9) + [.began(10), nil, nil])
        let end = Array(repeating: false, count: 12).map { streaks.record(measurement(disturbed: $0)) }
        #expect(end == Array(repeating: nil, count: 9) + [.ended(12), nil, nil])
    }

    @Test func `single undisturbed measurements do not end a long streak`() {
        var streaks = DisturbanceStreaks()
        let pattern = (0..<100).map { $0 % 10 != 9 || $0 < 10 }
        #expect(pattern.compactMap { streaks.record(measurement(disturbed: $0)) } == [.began(10)])
    }

    @Test func `an undisturbed measurement ends a streak`() {
        var streaks = DisturbanceStreaks()
        let pattern = Array(repeating: true, count: 9) + [false] + Array(repeating: true, count: 9)
        #expect(pattern.compactMap { streaks.record(measurement(disturbed: $0)) }.isEmpty)
    }

    @Test func `each probe of each runtime is counted separately`() {
        var streaks = DisturbanceStreaks()
        for _ in 0..<9 {
            #expect(streaks.record(measurement(disturbed: true)) == nil)
            #expect(streaks.record(measurement(disturbed: true, probe: .single)) == nil)
            #expect(streaks.record(measurement(disturbed: true, runtime: "python3")) == nil)
        }
        #expect(streaks.record(measurement(disturbed: false, probe: .single)) == nil)
        #expect(streaks.record(measurement(disturbed: true, runtime: "python3")) == .began(10))
    }

    private func measurement(disturbed: Bool, probe: Probe = .gil, runtime: String = "native") -> Measurement {
        Measurement(
            runtime: runtime,
            probe: probe,
            setup: 0,
            duration: 1,
            ledgers: [TimeLedger(iterations: 1, wall: 1, user: 1, system: 0)],
            lock: nil,
            disturbances: disturbed ? [.steal] : [],
            finished: 0
        )
    }
}

struct StreakTests {
    @Test func `a condition that comes and goes is reported once`() {
        var streak = Streak(onset: 1, end: 3)
        let pattern = [false, true, false, true, false, false, true, true]
        #expect(pattern.map { streak.record($0) } == [nil, .began(1), nil, nil, nil, nil, nil, nil])
        #expect([false, false, false].map { streak.record($0) } == [nil, nil, .ended(7)])
        #expect(streak.record(true) == .began(1))
    }
}

struct ProbingLogTests {
    private let recorded = RecordedLog()

    @Test func `delays that come and go are logged once`() {
        let log = ProbingLog(logger: recorded.logger)
        for isStretched in [false, true, false, true, false] + Array(repeating: false, count: 10) {
            let next = NextRound(after: isStretched ? 60 : 0, settings: ProbingSettings(), luck: 0)
            log.record(.finished(Round(number: 0, runs: []), next: next))
        }
        #expect(recorded.messages.map { $0.prefix(18) } == ["Rounds are delayed", "Rounds keep to the"])
    }

    private func record(path: String, in log: ProbingLog) {
        let found = RuntimeDiscovery(path: path).search(for: ProbingSettings())
        log.record(found, discovery: .host, path: path)
    }

    @Test func `a host without Python is warned about once`() {
        let log = ProbingLog(logger: recorded.logger)
        for _ in 0..<3 { record(path: "/nonexistent", in: log) }
        #expect(recorded.messages.map { $0.prefix(18) } == ["No python3 on PATH"])
        #expect(recorded.errors.isEmpty)
    }

    @Test func `a PATH that cannot be read is not a host without Python`() throws {
        let folder = try TemporaryFolder()
        try folder.link("loop", to: "loop")
        record(path: "\(folder.path)/loop", in: ProbingLog(logger: recorded.logger))
        #expect(recorded.messages == ["PATH cannot be searched for python3, so no Python is probed"])
        #expect(recorded.errors == ["read \(folder.path)/loop: Too many levels of symbolic links"])
    }
}
