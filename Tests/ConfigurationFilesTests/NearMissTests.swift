import Testing

@testable import ConfigurationFiles

struct NearMissTests {
    private let words = ["interval", "jitter", "cpu_budget", "gil", "single"]

    @Test(
        "a word with a slip is recognised",
        arguments: [
            ("intervall", "interval"), ("intreval", "interval"), ("inteval", "interval"), ("cpuBudget", "cpu_budget"),
            ("CPU-BUDGET", "cpu_budget"), ("gli", "gil"), ("signle", "single"),
        ]
    )
    func near(written: String, meant: String) {
        #expect(nearMiss(written, among: words) == meant)
    }

    @Test("another word is not", arguments: ["", "colour", "pid", "interrupt", "budget"])
    func far(written: String) {
        #expect(nearMiss(written, among: words) == nil)
    }

    @Test("of two that are near, the nearer one is meant")
    func nearest() {
        #expect(nearMiss("worker", among: ["walkers", "workers"]) == "workers")
    }
}
