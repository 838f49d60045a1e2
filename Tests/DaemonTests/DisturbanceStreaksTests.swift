import Testing

@testable import Daemon
@testable import Probing

struct DisturbanceStreaksTests {
    @Test func `a long streak is told once, and so is its end`() {
        var streaks = DisturbanceStreaks()
        let changes = Array(repeating: true, count: 12).map { streaks.record(measurement(disturbed: $0)) }
        #expect(changes == Array(repeating: nil, count: 9) + [.becameLong(10), nil, nil])
        #expect(streaks.record(measurement(disturbed: false)) == .ended(12))
        #expect(streaks.record(measurement(disturbed: false)) == nil)
    }

    @Test func `one good measurement begins the count anew`() {
        var streaks = DisturbanceStreaks()
        let pattern = Array(repeating: true, count: 9) + [false] + Array(repeating: true, count: 9)
        #expect(pattern.compactMap { streaks.record(measurement(disturbed: $0)) }.isEmpty)
    }

    @Test func `each probe of each runtime is counted for itself`() {
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
