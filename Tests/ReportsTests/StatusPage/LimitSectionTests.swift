import Testing

@testable import Probing
@testable import Reports

struct LimitSectionTests {
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

    private func section(_ measurements: [Measurement]) -> LimitSection {
        let runs = measurements.map { Round.Run(runtime: $0.runtime, probe: $0.probe, outcome: .success($0)) }
        return LimitSection(limit: ParallelismLimit([Round(number: 0, runs: runs)]))
    }

    private let single = measurement("native", .single, milliseconds: 200)
    private let free = measurement("native", .lockfree, milliseconds: 100)
    private let locked = [
        measurement("python3", .single, milliseconds: 196),
        measurement("python3", .gil, milliseconds: 200, cpu: 0.5, lockWait: 0.476),
    ]

    @Test func `a lock that limits has its evidence`() {
        let section = section([single, free] + locked)
        #expect(section.sentence == "The lock limits parallelism here, not the machine")
        #expect(section.html.source.contains("class=\"limit lock\""))
        #expect(
            section.evidence == """
                python3 gil: 2 workers are 0.98 times as fast as one and wait for the lock for 48 % of their time. \
                native lockfree: 2 workers are 2.00 times as fast as one and get 100 % of the CPU that they could use.
                """
        )
    }

    @Test func `a machine that limits has its causes`() {
        let starved: Set<Disturbance> = [.throttled, .runQueue]
        let slow = Self.measurement("native", .lockfree, milliseconds: 190, cpu: 0.5, starved)
        let machine = section([single, slow])
        #expect(machine.sentence == "The machine limits parallelism here, not a lock")
        let evidence = "and get 50 % of the CPU that they could use. Possible causes seen: CPU quota, busy CPUs."
        #expect(machine.evidence.hasSuffix(evidence))
        let unexplained = Self.measurement("native", .lockfree, milliseconds: 190)
        #expect(section([single, unexplained]).evidence.contains("No cause was seen"))
        #expect(section([single, slow] + locked).sentence == "The lock and the machine limit parallelism here")
    }

    @Test func `disturbances of the runs behind a limiting lock are mentioned`() {
        let disturbed = Self.measurement("native", .lockfree, milliseconds: 100, [.steal])
        let section = section([single, disturbed] + locked)
        #expect(section.sentence.hasPrefix("The lock limits"))
        #expect(section.evidence.hasSuffix("Most of these runs were disturbed: steal."))
    }

    @Test func `an unknown limit is not claimed`() {
        #expect(section([]).sentence.hasPrefix("Not known yet"))
        #expect(section([]).html.source.contains("class=\"limit unknown\""))
        let section = section([single, free])
        #expect(section.sentence == "Nothing limits parallelism here")
        #expect(section.evidence.hasPrefix("No probe contends for a lock. native lockfree: 2 workers"))
    }
}
