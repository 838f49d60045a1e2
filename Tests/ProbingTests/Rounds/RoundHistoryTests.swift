import Testing

@testable import Probing

struct RoundHistoryTests {
    private let next = NextRound(after: 0, settings: ProbingSettings(), luck: 0)
    private let history = RoundHistory()

    private func finish(_ number: Int, _ runs: [Round.Run]) {
        history.record(.finished(Round(number: number, runs: runs, cpuSeconds: 1.5), next: next))
    }

    private func run(_ measurement: Measurement) -> Round.Run {
        Round.Run(runtime: measurement.runtime, probe: measurement.probe, outcome: .success(measurement))
    }

    @Test func `history keeps the figures of a round, and not the ledgers of single workers`() throws {
        let failure = WorkerFailure(.crash, "it died", standardError: "Traceback")
        let failed = Round.Run(runtime: "native", probe: .lockfree, outcome: .failure(failure))
        var gil = Samples.measurement(.gil, duration: 200_000_000, disturbances: [.steal])
        gil.source = Samples.info()
        finish(0, [run(Samples.measurement(.single)), run(gil), failed])

        let round = try #require(history.contents.rounds.first)
        #expect(round.cpuSeconds == 1.5)
        #expect(round.run(.lockfree, of: "native")?.outcome == .failure(WorkerFailure(.crash, "it died")))
        let run = try #require(round.run(.gil, of: "native"))
        #expect(run.speedup == 0.5)
        #expect(run.efficiency == 0.25)
        let kept = try #require(run.measurement)
        #expect(kept.ledgers.isEmpty)
        #expect(kept.source == nil)
        #expect((kept.workers, kept.ledger) == (gil.workers, gil.ledger))
        #expect(kept.disturbances == [.steal])
    }

    @Test func `history keeps the newest rounds, and the newest failures beside them`() {
        for number in 0..<100 {
            finish(number, [])
            for _ in 0..<5 {
                history.record(.failed(runtime: "native", probe: .gil, WorkerFailure(.crash, "\(number)")))
            }
        }
        #expect(history.contents.rounds.map(\.number) == Array(40..<100))
        let details = history.contents.failures.map(\.failure.detail)
        #expect(details == (96..<100).flatMap { Array(repeating: "\($0)", count: 5) })
    }

    @Test func `a failure has the duration of its run and the end of its standard error`() throws {
        let failure = WorkerFailure(.timeout, "too long", standardError: String(repeating: "x", count: 2000) + "end")
        var contents = RoundHistory.Contents()
        contents.record(.began(runtime: "native", probe: .gil, done: 2, total: 7), now: 1_000_000_000, time: 0)
        #expect(contents.running?.done == 2)
        contents.record(.failed(runtime: "native", probe: .gil, failure), now: 3_500_000_000, time: 77)
        let record = try #require(contents.failures.first)
        #expect(record.seconds == 2.5)
        #expect(record.time == 77)
        #expect(record.failure.standardError.count == RoundHistory.maxStandardError)
        #expect(record.failure.standardError.hasSuffix("end"))
    }

    @Test func `history has the runtimes of the newest round, described or not`() {
        let gone = RuntimeConfiguration(name: "gone", launch: .program(command: ["gone"]))
        let mute = RuntimeConfiguration(name: "mute", launch: .program(command: ["mute"]))
        let failure = WorkerFailure(.spawn, "not there")
        history.record(.described(gone, Samples.info()))
        history.record(.described(.native, Samples.info()))
        history.record(.undescribed(mute, failure, after: .milliseconds(250)))
        #expect(history.contents.runtimes.map(\.name) == ["gone", "native", "mute"])
        history.record(.planned([(runtime: "native", info: Samples.info()), (runtime: "mute", nil)]))
        #expect(history.contents.runtimes.map(\.name) == ["native", "mute"])
        #expect(history.contents.runtimes.last?.info == nil)
        #expect(history.contents.failures.map(\.probe) == [nil])
    }
}
