import Testing

@testable import Probing
@testable import Reports

struct PanelTests {
    private func series(_ probe: Probe, _ runtime: String, _ rounds: [Round]) -> ProbeSeries {
        ProbeSeries(probe, of: runtime, in: rounds)
    }

    private func counts(_ rounds: [Round]) -> String {
        ReferenceCountPanel(series: series(.refcount, "native", rounds), number: 3).html.source
    }

    private func latency(_ runtime: String, _ rounds: [Round], switchInterval: UInt64? = 5_000_000) -> String {
        LatencyPanel(series: series(.latency, runtime, rounds), switchInterval: switchInterval, number: 3).html.source
    }

    @Test func `a scheme has its times with one worker and with all, as a picture and in words`() {
        let html = counts([Rounds.explaining])
        #expect(html.contains("<h3 id=\"refcount-3\">Reference counts <small>2 threads that take and drop references"))
        #expect(html.contains("<th role=\"rowheader\" scope=\"row\">refcount object_lock <small>a lock per object"))
        #expect(html.contains("aria-label=\"1 worker 37.0 ns, 2 workers 150 ns\""))
        #expect(html.contains("1 worker 37.0 ns · 2 workers 150 ns</span>"))
        // The longest bar ends at the end.
        #expect(html.contains("<rect class=\"speed\" y=\"5\" width=\"100.0\" height=\"5\"/>"))
        #expect(html.ranges(of: "<svg").count == 10)
    }

    @Test func `lost updates are shown by their effect`() {
        let html = counts([Rounds.explaining])
        #expect(html.contains("<span class=\"number failed\">4.9 %</span> <small>leaked</small>"))
        #expect(html.contains("<span class=\"number failed\">&lt;0.1 %</span> <small>released early</small>"))
        #expect(html.ranges(of: "<td role=\"cell\" class=\"lost\"><span class=\"number\">0</span></td>").count == 4)
    }

    @Test func `a lock has its delays beside the switch interval`() {
        let html = latency("native", [Rounds.explaining])
        #expect(html.contains("<th role=\"rowheader\" scope=\"row\">latency shared <small>one lock for all workers"))
        let words = "median 5.1 ms, p99 10 ms, max 10 ms; the switch interval is 5.0 ms"
        #expect(html.contains("aria-label=\"\(words)\""))
        #expect(html.contains("Median delay in the last 1 round: from 5.1 ms to 5.1 ms"))
        #expect(html.contains("Delay; the line is the switch interval"))
        // One in each bar, and one in the line of the shared lock.
        #expect(html.ranges(of: "class=\"ideal\"").count == 3)
    }

    @Test func `an unknown switch interval is not shown`() {
        let html = latency("native", [Rounds.explaining], switchInterval: nil)
        #expect(!html.contains("switch interval"))
        #expect(!html.contains("class=\"ideal\""))
    }

    @Test func `a failed run is shown as failed, and has no figures`() {
        let failed = latency("python3", [Rounds.explaining])
        #expect(failed.contains("<td role=\"cell\" class=\"delay failed\">failed</td>"))
        #expect(!failed.contains("<svg"))
        let nothing = Round(
            number: 0,
            runs: [Round.Run(runtime: "native", probe: .refcount, outcome: .failure(WorkerFailure(.crash, "it died")))]
        )
        #expect(counts([Rounds.explaining, nothing]).contains("class=\"pair failed\">failed</td>"))
        #expect(!counts([Rounds.explaining, nothing]).contains("<svg"))
    }

    @Test func `a disturbed run is marked`() {
        let html = ReferenceCountPanel(series: series(.refcount, "python3", [Rounds.explaining]), number: 0).html.source
        #expect(html.contains("<p class=\"disturbed\">Disturbed: steal in 1 of 1</p>"))
    }
}
