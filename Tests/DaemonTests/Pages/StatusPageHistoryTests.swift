import Probing
import Testing
import Web

@testable import Daemon

@Suite("History on the status page")
struct StatusPageHistoryTests {
    private let contents = RecordedHistory.contents

    private func runtime(_ place: Int) -> StatusPage.Runtime {
        StatusPage.Runtime(contents.runtimes[place], rounds: contents.rounds)
    }

    @Test("a runtime says what it is, and what it cannot run and why")
    func runtime() {
        let python = runtime(0)
        #expect(python.summary == "cpython 3.11.2 · switch interval 5.0 ms · /usr/bin/python3.11")
        #expect(python.probes.map(\.name) == ["single", "gil", "multiprocess"])
        #expect(python.unsupported.map(\.name) == ["lockfree"])
        #expect(python.unsupported.map(\.text) == ["this build has a GIL"])
    }

    @Test("one that did not say what it is has no probes, and points to the failures")
    func mute() {
        #expect(runtime(1).summary.contains("the last failures"))
        #expect(runtime(1).probes.isEmpty)
    }

    @Test("a probe has the figures of its newest run and the speedup of every round")
    func probe() throws {
        let gil = StatusPage.Probe(.gil, of: "python3", in: contents.rounds + contents.rounds)
        #expect(gil.meaning == "2 threads that contend for a lock")
        #expect(gil.idealSpeedup == 1)
        #expect(gil.history == [1, 1])
        #expect(gil.disturbances == "CPU quota in 2 of 2, steal in 2 of 2")
        let newest = try #require(gil.newest)
        #expect(abs(newest.seconds - 0.1) < 1e-6)
        #expect(newest.workerTime.cpu == 0.5)
        #expect(newest.workerTime.lockWait == 0.5)
    }

    @Test("the probe that the others are compared with has the durations of every round")
    func reference() {
        let single = StatusPage.Probe(.single, of: "python3", in: contents.rounds)
        #expect(single.idealSpeedup == nil)
        #expect(single.history.map { $0.map { ($0 * 1000).rounded() } } == [100])
    }

    @Test("time that cannot be observed stays unknown, and so does the rest of it")
    func unobservable() throws {
        let newest = try #require(StatusPage.Probe(.gil, of: "python3", in: contents.rounds).newest)
        #expect(newest.workerTime.runQueue == nil)
        #expect(newest.workerTime.rest == nil)
    }

    @Test("a run that failed is a gap, not a speedup of 0")
    func failed() {
        let probe = StatusPage.Probe(.multiprocess, of: "python3", in: contents.rounds)
        #expect(probe.newest == nil)
        #expect(probe.history == [nil])
        #expect(probe.meaning == "processes")
        #expect(probe.disturbances == "")
    }

    @Test("a failure has its time, its age and the words of the runtime")
    func failure() throws {
        let record = try #require(contents.failures.last)
        let failure = StatusPage.Failure(record, now: record.time + 90)
        #expect(failure.time == "2026-11-23T19:15:05.250Z")
        #expect(failure.age == 90)
        #expect((failure.probe, failure.reason) == ("multiprocess", "timeout"))
        #expect((failure.detail, failure.standardError) == ("late", "slow"))
        #expect(StatusPage.Failure(contents.failures[0], now: 0).seconds == 0.25)
    }
}
