import TestSupport
import Testing

@testable import Daemon
@testable import Probing

struct DisturbanceStreaksTests {
    @Test func `a long streak is reported once, and so is its end`() {
        var streaks = DisturbanceStreaks()
        let changes = Array(repeating: true, count: 12).map { streaks.record(measurement(disturbed: $0)) }
        #expect(changes == Array(repeating: nil, count: 9) + [.becameLong(10), nil, nil])
        #expect(streaks.record(measurement(disturbed: false)) == .ended(12))
        #expect(streaks.record(measurement(disturbed: false)) == nil)
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
        #expect(streaks.record(measurement(disturbed: true, runtime: "python3")) == .becameLong(10))
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

struct ProbingLogTests {
    private let recorded = RecordedLog()

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
