import Testing

@testable import Probing
@testable import Reports

struct RoundTableTests {
    @Test func `a round reads as a table, in the order of runtimes and probes`() {
        let table = """
            runtime  probe         workers  seconds  speedup   cpu  lock wait  run queue  worker time
            native   single              1    0.250     1.00  96 %        0 %        4 %  ██████████
            native   lockfree            2    0.125     2.00  96 %        0 %        4 %  ██████████
            python3  single              1    0.252     1.00  96 %          ?          ?  ██████████
            python3  gil                 2    0.252     1.00  46 %       50 %        4 %  █████░░░░░
            python3  multiprocess        -   failed        -     -          -          -

            worker time: █ CPU  ░ waiting for the lock  ▒ waiting for a CPU  · other
            python3 gil was disturbed: affinity, steal

            """
        #expect(RoundTable(Rounds.mixed, columns: nil).description == table)
    }

    @Test(arguments: [0, 79, 80, 120, 500]) func `a line with a bar fills the terminal, within reason`(columns: Int) {
        let lines = RoundTable(Rounds.mixed, columns: columns).description.split(separator: "\n")
        let bars = lines.dropFirst().prefix(4).map { $0.drop { !"█░▒·".contains($0) }.count }
        #expect(Set(bars).count == 1)
        #expect(bars.allSatisfy { (10...40).contains($0) })
        if columns >= 90 { #expect(lines.dropFirst().prefix(4).allSatisfy { $0.count <= columns }) }
    }

    @Test(
        arguments: [
            (cpu: 100, lock: 0, queue: 0, bar: "██████████"),
            (cpu: 50, lock: 50, queue: 0, bar: "█████░░░░░"),
            (cpu: 50, lock: 30, queue: 10, bar: "█████░░░▒·"),
            (cpu: 33, lock: 33, queue: 34, bar: "███░░░░▒▒▒"),
            (cpu: 0, lock: 0, queue: 0, bar: "··········"),
            // The parts may exceed the whole a little, and the bar may not.
            (cpu: 98, lock: 4, queue: 0, bar: "██████████"),
        ] as [(cpu: UInt64, lock: UInt64, queue: UInt64, bar: String)]
    )
    func `a bar is as long as the time, whatever the parts`(cpu: UInt64, lock: UInt64, queue: UInt64, bar: String) {
        let ledger = TimeLedger(iterations: 1, wall: 100, user: cpu, system: 0, runQueue: queue, lockWait: lock)
        #expect(RoundTable.bar(ledger, 10) == bar)
    }
}
