import Testing

@testable import Probing

@Suite("What limits parallelism")
struct ParallelismLimitTests {
    private func round(_ measurements: [Measurement]) -> RoundRecord {
        let runs = measurements.map { Round.Run(runtime: $0.runtime, probe: $0.probe, outcome: .success($0)) }
        return RoundRecord(Round(number: 0, runs: runs), finished: 0)
    }

    private func measurement(
        _ probe: Probe,
        _ milliseconds: UInt64,
        of runtime: String = "native",
        _ disturbances: Set<Disturbance> = []
    ) -> Measurement {
        Samples.measurement(probe, of: runtime, duration: milliseconds * 1_000_000, disturbances: disturbances)
    }

    @Test("is not known before a round, nor without a probe that no lock holds back")
    func unknown() {
        #expect(ParallelismLimit([]) == .unknown)
        #expect(ParallelismLimit([round([measurement(.single, 100), measurement(.gil, 100)])]) == .unknown)
        #expect(ParallelismLimit([round([measurement(.lockfree, 50)])]) == .unknown)
    }

    @Test("is the lock where workers without one are fast, and an interpreter's lock rather than the native one")
    func lock() throws {
        let limit = ParallelismLimit([
            round([
                measurement(.single, 100), measurement(.gil, 100), measurement(.lockfree, 50),
                measurement(.single, 200, of: "python3"), measurement(.gil, 250, of: "python3"),
            ])
        ])
        guard case .lock(let free, let locked) = limit else {
            Issue.record("\(limit)")
            return
        }
        #expect((free.runtime, free.probe, free.speedup) == ("native", .lockfree, 2))
        #expect((locked.runtime, locked.probe, locked.speedup) == ("python3", .gil, 0.8))
        #expect(locked.lockWait == 0.2)
    }

    @Test("is the machine where they are not, for the causes that most rounds saw")
    func machine() {
        let rounds = (0..<3).map { number in
            round([
                measurement(.single, 100), measurement(.gil, 100),
                measurement(.lockfree, 90, number == 0 ? [.steal, .affinity] : [.affinity]),
            ])
        }
        guard case .machine(let evidence, let causes) = ParallelismLimit(rounds) else {
            Issue.record("\(ParallelismLimit(rounds))")
            return
        }
        #expect(evidence.probe == .lockfree)
        #expect(causes == [.affinity])
    }

    @Test("is not changed by a round that was disturbed")
    func median() {
        let good = round([measurement(.single, 100), measurement(.lockfree, 50)])
        let bad = round([measurement(.single, 100), measurement(.lockfree, 200)])
        let limits = [ParallelismLimit([good, good, bad]), ParallelismLimit([bad, bad, bad, good, good])]
        let isNothing = limits.map { limit in
            if case .nothing = limit { true } else { false }
        }
        #expect(isNothing == [true, false])
    }

    @Test("leaves the speedup that a probe can have", arguments: zip(Probe.allCases, [1, 1, 4, 4, 4]))
    func ideal(probe: Probe, speedup: Int) {
        #expect(probe.idealSpeedup(workers: 4) == speedup)
    }
}
