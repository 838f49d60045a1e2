import Testing
import Web

@testable import Daemon
@testable import Probing

@Suite("The verdict of the status page")
struct StatusPageVerdictTests {
    private static func measurement(
        _ runtime: String,
        _ probe: Probe,
        milliseconds: UInt64,
        cpu: Double = 1,
        lockWait: Double = 0,
        _ disturbances: Set<Disturbance> = []
    ) -> Measurement {
        let duration = milliseconds * 1_000_000
        let ledger = TimeLedger(
            iterations: 5,
            wall: duration,
            user: UInt64(Double(duration) * cpu),
            system: 0,
            runQueue: 0,
            lockWait: UInt64(Double(duration) * lockWait),
            voluntarySwitches: 0,
            involuntarySwitches: 0
        )
        return Measurement(
            runtime: runtime,
            probe: probe,
            setup: 0,
            duration: duration,
            ledgers: Array(repeating: ledger, count: probe.workers(2)),
            lock: nil,
            disturbances: disturbances,
            finished: 0
        )
    }

    private func verdict(_ measurements: [Measurement]) -> StatusPage.Verdict {
        let runs = measurements.map { Round.Run(runtime: $0.runtime, probe: $0.probe, outcome: .success($0)) }
        return StatusPage.Verdict(ParallelismLimit([Round(number: 0, runs: runs)]))
    }

    private let single = measurement("native", .single, milliseconds: 200)
    private let free = measurement("native", .lockfree, milliseconds: 100)
    private let locked = [
        measurement("python3", .single, milliseconds: 196),
        measurement("python3", .gil, milliseconds: 200, cpu: 0.5, lockWait: 0.476),
    ]

    @Test("says what it rests on where the lock limits")
    func lock() {
        let verdict = verdict([single, free] + locked)
        #expect(verdict.limit == .lock)
        #expect(
            verdict.evidence == """
                python3 gil: 2 workers are 0.98 times as fast as one and wait for the lock for 48 % of their time. \
                native lockfree: 2 workers are 2.00 times as fast as one and get 100 % of the CPU that they could use.
                """
        )
    }

    @Test("names the causes where the machine limits")
    func machine() {
        let starved: Set<Disturbance> = [.throttled, .runQueue]
        let slow = Self.measurement("native", .lockfree, milliseconds: 190, cpu: 0.5, starved)
        let verdict = verdict([single, slow])
        #expect(verdict.limit == .machine)
        #expect(verdict.sentence.hasSuffix("not a lock"))
        let evidence = "and get 50 % of the CPU that they could use. What was seen: CPU quota, busy CPUs."
        #expect(verdict.evidence.hasSuffix(evidence))
        let unexplained = Self.measurement("native", .lockfree, milliseconds: 190)
        #expect(self.verdict([single, unexplained]).evidence.contains("No cause was seen"))
        #expect(self.verdict([single, slow] + locked).limit == .both)
    }

    @Test("tells what disturbed the runs that a verdict for the lock rests on")
    func disturbed() {
        let verdict = verdict([single, Self.measurement("native", .lockfree, milliseconds: 100, [.steal])] + locked)
        #expect(verdict.limit == .lock)
        #expect(verdict.evidence.hasSuffix("Most of these runs were disturbed: steal."))
    }

    @Test("does not claim what it does not know")
    func unknown() {
        #expect(verdict([]).limit == .unknown)
        let verdict = verdict([single, free])
        #expect(verdict.limit == .nothing)
        #expect(verdict.evidence.hasPrefix("No probe contends for a lock. native lockfree: 2 workers"))
    }
}
