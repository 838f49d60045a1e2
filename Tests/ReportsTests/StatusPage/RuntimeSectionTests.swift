import Probing
import Testing

@testable import Reports

struct RuntimeSectionTests {
    private let contents = RecordedHistory.contents

    private func section(_ index: Int) -> RuntimeSection {
        RuntimeSection(contents.runtimes[index], rounds: contents.rounds, number: index)
    }

    @Test func `a runtime has a summary, its probes, and its unsupported probes with the reasons`() {
        let python = section(0)
        #expect(python.summary == "cpython 3.11.2 · switch interval 5.0 ms · /usr/bin/python3.11")
        #expect(python.probes.map(\.probe) == [.single, .gil, .multiprocess])
        #expect(python.html.source.contains("<li>no lockfree: <small>this build has a GIL</small></li>"))
    }

    @Test func `a runtime that did not describe itself has no probes, and refers to the failures`() {
        #expect(section(1).summary.contains("the last failures"))
        #expect(section(1).probes.isEmpty)
    }

    @Test func `a probe has the measurement of its newest run and the speedup of every round`() throws {
        let gil = ProbeSeries(.gil, of: "python3", in: contents.rounds + contents.rounds)
        #expect(gil.meaning == "2 threads that contend for a lock")
        #expect(gil.idealSpeedup == 1)
        #expect(gil.values == [1, 1])
        #expect(gil.disturbances == "CPU quota in 2 of 2, steal in 2 of 2")
        let newest = try #require(gil.newest?.measurement)
        #expect(newest.durationSeconds == 0.1)
        #expect(newest.ledger.lockWaitRatio == 0.5)
    }

    @Test func `the reference probe has the durations of every round`() {
        let single = ProbeSeries(.single, of: "python3", in: contents.rounds)
        #expect(single.idealSpeedup == nil)
        #expect(single.values == [0.1])
    }

    @Test func `a failed run is a gap, not a speedup of 0`() {
        let series = ProbeSeries(.multiprocess, of: "python3", in: contents.rounds)
        #expect(series.newest == nil)
        #expect(series.values == [nil])
        #expect(series.meaning == "processes")
        #expect(series.disturbances == "")
    }
}

struct ChartsTests {
    @Test func `a speedup is beside its ideal`() {
        let bar = SpeedupBar(speedup: 0.98, ideal: 1, scale: 2.2).html.source
        #expect(bar.contains("aria-label=\"0.98 times as fast as one worker; ideal is 1\""))
        #expect(SpeedupBar(speedup: nil, ideal: 1, scale: 2.2).html.source.contains("unknown"))
    }

    @Test func `worker time is in words, too, and an unknown part stays unknown`() {
        let ledger = TimeLedger(iterations: 1, wall: 100, user: 50, system: 0, lockWait: 47)
        let bar = WorkerTimeBar(ledger: ledger).html.source
        #expect(bar.contains("aria-label=\"CPU 50 %, lock 47 %, queue unknown, rest unknown\""))
        #expect(bar.ranges(of: "<rect class=\"queue\"").isEmpty)
    }

    @Test func `a line has a gap where a round has no measurement`() {
        let line = Sparkline(values: [1.02, nil, 0.5, 0.98], ideal: 1).html.source
        #expect(line.contains("aria-label=\"Speedup in the last 4 rounds: from 0.50 to 1.02, median 0.98\""))
        #expect(line.ranges(of: "<polyline").count == 2)
        #expect(line.ranges(of: "<line").count == 1)
    }

    @Test func `durations have no ideal`() {
        let line = Sparkline(values: [0.4871, 0.52], ideal: nil).html.source
        #expect(line.contains("aria-label=\"Duration in the last 2 rounds: from 0.487 s to 0.520 s, median 0.520 s\""))
        #expect(!line.contains("<line"))
    }
}
