import Linux
import TestSupport
import Testing

@testable import Probing

struct RoundRunnerTests {
    @Test(arguments: 1...7) func `in as many rounds as runs, each run is first once`(count: Int) {
        let runs = Array(0..<count)
        let rounds = (0..<count).map { RoundRunner.order(runs, round: $0) }
        #expect(rounds.compactMap(\.first).sorted() == runs)
        for round in rounds { #expect(round.sorted() == runs) }
        #expect(RoundRunner.order(runs, round: count) == rounds[0])
    }

    @Test func `a round without runs has an empty order`() {
        #expect(RoundRunner.order([Int](), round: 3).isEmpty)
    }

    @Test func `a round goes on after a failure, and reports every event`() async throws {
        var settings = ProbingSettings()
        settings.probes = [.single, .gil]
        var native = RuntimeConfiguration.native
        native.iterations = 1000
        let broken = FakeWorker.runtime("exit-status")
        let events = Protected([String]())
        var runner = RoundRunner(runner: ProbeRunner(launcher: Program.launcher))
        let observe: ProbingObserver = { event in
            let text = Self.summary(of: event)
            events.withLock { $0.append(text) }
        }
        let round = try await runner.run([broken, native], settings: settings, observe: observe)
        #expect(
            events.withLock { $0 } == [
                "started", "undescribed exit-status: crash", "described native", "planned unknown exit-status native",
                "began single 0 of 2", "measured single", "began gil 1 of 2", "measured gil",
            ]
        )
        #expect(round.runs.map(\.runtime) == ["exit-status", "exit-status", "native", "native"])
        #expect(round.failures.count == 2)
        #expect(round.measurements.map(\.probe) == [.single, .gil])
        #expect(round.cpuSeconds > 0)

        events.withLock { $0.removeAll() }
        _ = try await runner.run([native], settings: settings, observe: observe)
        // It has said what it is, and begins with the other probe.
        #expect(
            events.withLock { $0 } == [
                "started", "planned native", "began gil 0 of 2", "measured gil", "began single 1 of 2",
                "measured single",
            ]
        )
    }

    private static func summary(of event: ProbingEvent) -> String {
        switch event {
        case .started: "started"
        case .described(let runtime, _): "described \(runtime.name)"
        case .undescribed(let runtime, let failure, _): "undescribed \(runtime.name): \(failure.reason)"
        case .rescheduled: "rescheduled"
        case .disabled: "disabled"
        case .planned(let runtimes):
            "planned"
                + runtimes.map { $0.info == nil ? " unknown \($0.runtime)" : " \($0.runtime)" }.joined()
        case .began(_, let probe, let done, let count): "began \(probe) \(done) of \(count)"
        case .measured(let measurement): "measured \(measurement.probe)"
        case .failed(_, let probe, let failure): "failed \(probe): \(failure.reason)"
        case .finished: "finished"
        }
    }

    /// A round of a runtime that a file chooses, once for each version, written to the file before.
    private func rounds(
        of versions: [String],
        _ arguments: String...
    ) async throws -> (events: [String], last: Round) {
        let folder = try TemporaryFolder()
        let choice = "\(folder.path)/choice"
        let events = Protected([String]())
        var runner = RoundRunner(runner: ProbeRunner(launcher: Program.launcher))
        var launch = FakeWorker.command("shim", choice)
        launch += arguments
        let runtime = RuntimeConfiguration(name: "shim", launch: .program(command: launch), iterations: 10)
        var last = Round(number: 0, runs: [])
        for version in versions {
            try folder.write(version, to: "choice")
            last = try await runner.run([runtime], settings: ProbingSettings()) { event in
                if case .started = event { return }
                let text = Self.summary(of: event)
                events.withLock { $0.append(text) }
            }
        }
        return (events.withLock { $0 }, last)
    }

    @Test func `a report reveals another program behind the same launcher, which is then measured`()
        async throws
    {
        let (events, round) = try await rounds(of: ["1", "1", "2", "2"])
        let usual = ["planned shim", "began single 0 of 1", "measured single"]
        let change = ["planned shim", "began single 0 of 1", "described shim", "measured single"]
        #expect(events == ["described shim"] + usual + usual + change + usual)
        #expect(round.measurements.first?.source?.version == "2")
    }

    @Test func `a program that changes at every start is not measured`() async throws {
        let (events, round) = try await rounds(of: ["next"])
        #expect(events.suffix(1) == ["failed single: protocol"])
        #expect(round.failures.count == 1)
        #expect(round.failures.first?.contains("the runtime changed during the round, from fake ") == true)
    }

    @Test func `a runtime whose reports do not describe it is asked before each round`() async throws {
        let (events, _) = try await rounds(of: ["1", "1", "2"], "silent")
        let usual = ["planned shim", "began single 0 of 1", "measured single"]
        #expect(events == ["described shim"] + usual + usual + ["described shim"] + usual)
    }

    @Test func `a single of another version gives no speedup`() {
        var (single, gil) = (Samples.measurement(.single), Samples.measurement(.gil))
        (single.source, gil.source) = (Samples.info(), Samples.info())
        func speedup() -> Double? {
            let runs = [single, gil].map { Round.Run(runtime: "native", probe: $0.probe, outcome: .success($0)) }
            return Round(number: 0, runs: runs).run(.gil, of: "native")?.speedup
        }
        #expect(speedup() == 1)
        gil.source?.version = "1.2.4"
        #expect(speedup() == nil)
    }
}
