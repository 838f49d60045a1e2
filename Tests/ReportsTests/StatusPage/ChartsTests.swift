import Probing
import Testing

@testable import Reports

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
        let line = Sparkline(values: [1.02, nil, 0.5, 0.98], figure: .speedup, ideal: 1).html.source
        #expect(line.contains("aria-label=\"Speedup in the last 4 rounds: from 0.50 to 1.02, median 0.98\""))
        #expect(line.ranges(of: "<polyline").count == 2)
        #expect(line.ranges(of: "<line").count == 1)
    }

    @Test func `durations have no ideal`() {
        let line = Sparkline(values: [0.4871, 0.52], figure: .duration, ideal: nil).html.source
        #expect(line.contains("aria-label=\"Duration in the last 2 rounds: from 0.487 s to 0.520 s, median 0.520 s\""))
        #expect(!line.contains("<line"))
    }

    @Test func `small delays stay at the bottom`() {
        let line = Sparkline(values: [0, 1e-6], figure: .latency, ideal: nil, leastTop: 0.001).html.source
        #expect(line.contains("<polyline points=\"154.4,30.0 157.0,30.0\"/>"))
        #expect(
            line.contains(
                "aria-label=\"Median delay in the last 2 rounds: from &lt;0.01 ms to &lt;0.01 ms, median &lt;0.01 ms\""
            )
        )
    }
}
