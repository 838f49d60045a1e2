import Testing

@testable import Probing
@testable import Reports

struct StatusSentenceTests {
    @Test func `speedups are listed by runtime, before the time of the next round`() {
        let round = round([
            ("python3", .single, 240), ("python3", .gil, 250), ("native", .gil, 200), ("native", .single, 200),
            ("native", .lockfree, 101),
        ])
        #expect(
            sentence(round)
                == "Speedup of native: gil 1.00, lockfree 1.98; python3: gil 0.96. Next round 60 s after the last."
        )
    }

    @Test func `a disturbed measurement and a failed one are marked`() {
        let round = round([("native", .single, 200), ("native", .gil, 200), ("native", .lockfree, nil)], [.steal])
        #expect(
            sentence(round)
                == "Speedup of native: gil 1.00 (disturbed), lockfree failed. Next round 60 s after the last."
        )
    }

    @Test func `a delay to keep the budget is mentioned`() {
        let round = round([("native", .single, 200), ("native", .gil, 200)])
        #expect(
            sentence(round, cpuSeconds: 6)
                == "Speedup of native: gil 1.00. Next round 120 s (delayed to keep the CPU budget) after the last."
        )
    }

    @Test func `a runtime whose single failed has times instead of speedups`() {
        let round = round([
            ("native", .single, 200), ("native", .gil, 200), ("python3", .single, nil), ("python3", .gil, 250),
        ])
        #expect(
            sentence(round)
                == "Speedup of native: gil 1.00. Seconds of python3: single failed, gil 0.25. "
                + "Next round 60 s after the last."
        )
    }

    @Test(arguments: [Probe.single, .gil])
    func `a lone probe has its time`(probe: Probe) {
        #expect(
            sentence(round([("native", probe, 200)]))
                == "Seconds of native: \(probe.rawValue) 0.20. Next round 60 s after the last."
        )
    }

    @Test func `a round without runs is mentioned`() {
        #expect(sentence(round([])) == "No probe was run. Next round 60 s after the last.")
    }

    @Test func `the latency of a runtime follows its speedups`() {
        let round = round([
            ("native", .single, 200), ("native", .gil, 200), ("python3", .latency, 900), ("native", .latency, 900),
            ("native", .refcount, 100),
        ])
        #expect(
            sentence(round)
                == "Speedup of native: gil 1.00. Latency of native: 5.1 ms; python3: 5.1 ms. "
                + "Next round 60 s after the last."
        )
    }

    @Test func `a disturbed latency and failed probes are marked`() {
        let round = round(
            [("python3", .latency, nil), ("native", .refcount, nil), ("native", .latency, 900)],
            [.steal]
        )
        #expect(
            sentence(round)
                == "Latency of native: 5.1 ms (disturbed). Failed: native refcount, python3 latency. "
                + "Next round 60 s after the last."
        )
    }

    @Test func `a round of refcount alone is mentioned`() {
        #expect(
            sentence(round([("native", .refcount, 100)])) == "Measured native refcount. Next round 60 s after the last."
        )
    }

    private func sentence(_ round: Round, cpuSeconds: Double = 1) -> String {
        StatusSentence(round, NextRound(after: cpuSeconds, settings: ProbingSettings(), luck: 0)).description
    }

    /// Durations in milliseconds; nil: it failed.
    private func round(_ runs: [(String, Probe, UInt64?)], _ disturbances: Set<Disturbance> = []) -> Round {
        let runs = runs.map { runtime, probe, milliseconds in
            let outcome: Result<Measurement, WorkerFailure>
            if let milliseconds {
                var measurement = measurement(probe, of: runtime, duration: milliseconds * 1_000_000)
                if probe == .latency { measurement = Rounds.wakeUps(runtime, probe, milliseconds: 5.1) }
                if probe != .single { measurement.disturbances = disturbances }
                outcome = .success(measurement)
            } else {
                outcome = .failure(WorkerFailure(.crash, "it died"))
            }
            return Round.Run(runtime: runtime, probe: probe, outcome: outcome)
        }
        return Round(number: 0, runs: runs)
    }

    private func measurement(_ probe: Probe, of runtime: String, duration: UInt64) -> Measurement {
        let ledger = TimeLedger(iterations: 5, wall: duration, user: duration, system: 0)
        return Measurement(
            runtime: runtime,
            probe: probe,
            setup: 0,
            duration: duration,
            ledgers: Array(repeating: ledger, count: probe.workers(2)),
            disturbances: [],
            finished: 0
        )
    }
}
