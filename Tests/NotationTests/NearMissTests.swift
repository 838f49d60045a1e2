import Testing

@testable import Notation

struct NearMissTests {
    private let words = ["interval", "jitter", "cpu_budget", "gil", "single"]

    @Test(
        arguments: [
            ("intervall", "interval"), ("intreval", "interval"), ("inteval", "interval"), ("cpuBudget", "cpu_budget"),
            ("CPU-BUDGET", "cpu_budget"), ("gli", "gil"), ("signle", "single"),
        ]
    )
    func `a misspelled word is recognised`(written: String, meant: String) {
        #expect(nearMiss(written, among: words) == meant)
    }

    @Test(arguments: ["", "colour", "pid", "interrupt", "budget"])
    func `another word is not recognised`(written: String) {
        #expect(nearMiss(written, among: words) == nil)
    }

    @Test func `the nearer of two similar words is chosen`() {
        #expect(nearMiss("worker", among: ["walkers", "workers"]) == "workers")
    }
}
