import Linux
import Testing

@testable import Probing

struct RoundRunnerTests {
    @Test(arguments: 1...7) func `in as many rounds as there are runs, each of them is first once`(count: Int) {
        let runs = Array(0..<count)
        let rounds = (0..<count).map { RoundRunner.order(runs, round: $0) }
        #expect(rounds.compactMap(\.first).sorted() == runs)
        for round in rounds { #expect(round.sorted() == runs) }
        #expect(RoundRunner.order(runs, round: count) == rounds[0])
    }

    @Test func `without runs there is nothing to order`() {
        #expect(RoundRunner.order([Int](), round: 3).isEmpty)
    }

    @Test func `a round goes on after a failure, and says all that happened`() async throws {
        var settings = ProbingSettings()
        settings.probes = [.single, .gil]
        var native = RuntimeSpecification.native
        native.iterations = 1000
        let broken = FakeWorker.runtime("exit-status")
        let events = Protected([String]())
        var runner = RoundRunner(probes: ProbeRunner(launcher: Program.launcher)) { event in
            let text = Self.summary(of: event)
            events.withLock { $0.append(text) }
        }
        let round = try await runner.run([broken, native], settings: settings)
        #expect(
            events.withLock { $0 } == [
                "undescribed exit-status: crash", "described native", "planned unknown exit-status native",
                "began single 0 of 2", "measured single", "began gil 1 of 2", "measured gil",
            ]
        )
        #expect(round.runs.map(\.runtime) == ["exit-status", "exit-status", "native", "native"])
        #expect(round.failures.count == 2)
        #expect(round.measurements.map(\.probe) == [.single, .gil])
        #expect(round.cpuSeconds > 0)

        events.withLock { $0.removeAll() }
        _ = try await runner.run([native], settings: settings)
        // It has said what it is, and begins with the other probe.
        #expect(
            events.withLock { $0 } == [
                "planned native", "began gil 0 of 2", "measured gil", "began single 1 of 2",
                "measured single",
            ]
        )
    }

    private static func summary(of event: ProbingEvent) -> String {
        switch event {
        case .described(let runtime, _): "described \(runtime.name)"
        case .undescribed(let runtime, let failure, _): "undescribed \(runtime.name): \(failure.reason)"
        case .rescheduled: "rescheduled"
        case .planned(let runtimes):
            "planned"
                + runtimes.map { $0.description == nil ? " unknown \($0.runtime)" : " \($0.runtime)" }.joined()
        case .began(_, let probe, let done, let count): "began \(probe) \(done) of \(count)"
        case .measured(let measurement): "measured \(measurement.probe)"
        case .failed(_, let probe, let failure): "failed \(probe): \(failure.reason)"
        case .finished: "finished"
        }
    }
}
