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

    private func section(_ measurements: [Measurement]) -> LimitSection { section(rounds: [measurements]) }

    private func section(rounds: [[Measurement]]) -> LimitSection {
        let rounds = rounds.enumerated().map { number, measurements in
            Round(
                number: number,
                runs: measurements.map { Round.Run(runtime: $0.runtime, probe: $0.probe, outcome: .success($0)) }
            )
        }
        return LimitSection(limit: ParallelismLimit(rounds))
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
        let slow = Self.measurement("native", .lockfree, milliseconds: 190, cpu: 0.5)
        let machine = section([single, slow])
        #expect(machine.sentence == "The machine limits parallelism here, not a lock")
        #expect(machine.evidence.contains("and get 50 % of the CPU that they could use. No cause was seen"))
        #expect(section([single, slow] + locked).sentence == "The lock and the machine limit parallelism here")
        let starved = Self.measurement("native", .lockfree, milliseconds: 190, cpu: 0.5, [.throttled, .runQueue])
        let mixed = section(rounds: [[single, slow], [single, starved], [single, starved]])
        #expect(mixed.sentence == "The machine limits parallelism here, not a lock")
        #expect(mixed.evidence.hasSuffix("Possible causes seen: CPU quota, busy CPUs."))
    }

    @Test func `disturbances of most runs are mentioned where an undisturbed one gives the answer`() {
        let disturbed = Self.measurement("native", .lockfree, milliseconds: 150, [.steal])
        let section = section(rounds: [[single, free] + locked, [single, disturbed], [single, disturbed] + locked])
        #expect(section.sentence.hasPrefix("The lock limits"))
        #expect(section.evidence.contains("native lockfree: 2 workers are 2.00 times as fast as one"))
        #expect(section.evidence.hasSuffix("Most of these runs were disturbed: steal."))
    }

    /// Each with the disturbance of all runs without a lock.
    @Test(
        arguments: [
            (Disturbance.runQueue, "other programs use the CPUs"),
            (.steal, "the hypervisor gives its CPUs to other machines"),
            (.throttled, "a CPU quota (CPUQuota=) slows the exporter's workers down"),
            (.affinity, "the exporter may use fewer CPUs than it has workers"),
            (.blocked, "something stops the workers, or they wait for memory"),
        ]
    )
    func `nothing follows from runs that were all disturbed`(_ disturbance: Disturbance, _ reason: String) {
        // Starved of CPUs, workers may look fast: the single one was starved, too.
        let starved = Self.measurement("native", .lockfree, milliseconds: 102, cpu: 0.22, [disturbance])
        let waiting = Self.measurement("python3", .gil, milliseconds: 200, cpu: 0.2, lockWait: 0.5, [disturbance])
        let section = section([single, starved, locked[0], waiting])
        #expect(section.sentence == "What limits parallelism cannot be measured now: \(reason)")
        #expect(section.html.source.contains("class=\"limit unknown\""))
        #expect(!section.evidence.contains("times as fast"))
        #expect(section.evidence.contains("native lockfree: all of the last runs were disturbed"))
    }

    @Test func `the part that was measured has its answer beside the one that was not`() {
        let starved = Self.measurement("native", .lockfree, milliseconds: 100, cpu: 0.3, [.runQueue])
        #expect(
            section([single, starved] + locked).sentence
                == "The lock limits parallelism here. The machine cannot be measured now: other programs use the CPUs"
        )
        let waiting = Self.measurement("python3", .gil, milliseconds: 200, cpu: 0.2, lockWait: 0.5, [.runQueue])
        #expect(
            section([single, free, locked[0], waiting]).sentence
                == "The machine does not limit parallelism here. "
                + "The lock cannot be measured now: other programs use the CPUs"
        )
    }

    @Test func `an unknown limit is not claimed`() {
        #expect(section([]).sentence.hasPrefix("Not known yet"))
        #expect(section([]).html.source.contains("class=\"limit unknown\""))
        let section = section([single, free])
        #expect(section.sentence == "Nothing limits parallelism here")
        #expect(section.evidence.hasPrefix("No probe contends for a lock. native lockfree: 2 workers"))
    }
}
