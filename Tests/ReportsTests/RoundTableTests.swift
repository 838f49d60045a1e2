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

    @Test func `probes that are no countdowns have tables of their own, with sentences`() {
        let tables = """
            reference counts: ns that a worker takes for a pair (× one, unprotected)
            runtime  scheme       objects   1 worker   2 workers  speedup  leaked   early
            python3  interpreter  shared   38.0       76.0           1.00       0       0
            python3  interpreter  private  38.0       77.0           0.99       0       0
            native   unprotected  shared    9.1       14.2  ×1.6     1.28   4.9 %  <0.1 %
            native   unprotected  private   9.0        9.1  ×1.0     1.98       0       0
            native   gil          shared    9.1 ×1.0  18.2  ×2.0     1.00       0       0
            native   gil          private   9.2 ×1.0  18.4  ×2.0     1.00       0       0
            native   object_lock  shared   37.0 ×4.1   150 ×16.5     0.49       0       0
            native   object_lock  private  37.0 ×4.1  40.0  ×4.4     1.85       0       0
            native   atomic       shared   27.0 ×3.0  70.0  ×7.7     0.77       0       0
            native   atomic       private  27.0 ×3.0  27.0  ×3.0     2.00       0       0
            native   biased       shared    8.0 ×0.9  30.0  ×3.3     0.53       0       0
            native   biased       private   8.1 ×0.9   8.1  ×0.9     2.00       0       0

            A pair takes a reference and drops it. Leaked: updates lost so that objects are
            never released. Early: so that they are released in use.
            python3: No update was lost. A pair takes one worker 38.0 ns; 2 workers do 1.0
            times as many as one with objects of their own, and 1.0 times as many with
            shared ones.
            native: 2 workers that share unprotected counts lost at least 4.9 % of their
            updates: objects would leak, or be released in use. The other schemes lost none.
            Compared with unprotected, a pair takes one worker 1.0 times as long under the
            GIL, 4.1 times with a lock per object, 3.0 times with atomic counts and 0.9
            times with biased counts. With objects of their own, 2 workers do 1.0 times as
            many pairs as one under the GIL, 1.9 times with a lock per object, 2.0 times
            with atomic counts and 2.0 times with biased counts.
            python3 refcount was disturbed: steal

            latency: ms from the deadline to having the lock, less the median alone
            runtime  lock    wake-ups  median     p99     max  run queue  0.1  1    10 ms
            python3  failed         -       -       -       -          -
            native   shared        48   5.100  10.200  10.200      0.020  ▁       █ ▁
            native   none          50   0.004   0.310   0.310      0.019  █ ▁

            Run queue: ms per wake-up without a CPU. Bars: the wake-ups by their delay.
            native: Beside one that counts down, a worker that wakes up waits 5.1 ms for the
            lock in the median: the switch interval of 5.0 ms. It is late by <0.01 ms
            without a lock. Alone it is 0.06 ms late, which has been taken off.

            """
        #expect(RoundTable(Rounds.explaining, switchInterval: .milliseconds(5), columns: 80).description == tables)
    }

    @Test(arguments: [0, 60, 80, 500]) func `sentences are wrapped to the terminal, within reason`(columns: Int) {
        let text = RoundTable(Rounds.explaining, columns: columns).description
        let sentences = text.split(separator: "\n").filter { $0.contains(" worker that ") || $0.hasPrefix("native: ") }
        #expect(!sentences.isEmpty)
        #expect(sentences.allSatisfy { $0.count <= max(40, min(100, columns)) })
    }

    @Test func `the table of countdowns is followed by the others`() {
        let round = Round(number: 0, runs: Rounds.mixed.runs + Rounds.explaining.runs)
        let text = RoundTable(round, columns: nil).description
        #expect(text.hasPrefix(RoundTable(Rounds.mixed, columns: nil).description + "\nreference counts: "))
        #expect(text.contains("\n\nlatency: "))
    }

    @Test func `a round without runs has an empty table`() {
        let text = RoundTable(Round(number: 0, runs: []), columns: nil).description
        #expect(text.hasPrefix("runtime  probe  workers"))
        #expect(!text.contains("reference counts"))
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
