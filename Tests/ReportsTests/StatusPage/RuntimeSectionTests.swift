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
        #expect(python.countdowns.map(\.probe) == [.single, .gil, .multiprocess])
        #expect(python.others.map(\.probe) == [.refcount, .latency])
        #expect(python.html.source.contains("<li>no lockfree: <small>this build has a GIL</small></li>"))
    }

    @Test func `a runtime that did not describe itself has no probes, and refers to the failures`() {
        #expect(section(1).summary.contains("the last failures"))
        #expect(section(1).countdowns.isEmpty && section(1).others.isEmpty)
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
