import Testing

@testable import ConfigurationFiles

struct QuotationTests {
    @Test func `printable text is shown unchanged`() {
        #expect(quoted("café 5 %") == "\"café 5 %\"")
    }

    @Test func `characters that could forge a line or control a terminal are escaped`() {
        #expect(quoted("a\nb\u{1B}[31m\u{202E}\0") == #""a\nb\u{1B}[31m\u{202E}\0""#)
    }

    @Test func `a long text is shortened`() {
        #expect(quoted(String(repeating: "x", count: 60)).count == 62)
        #expect(quoted(String(repeating: "x", count: 61)) == "\"" + String(repeating: "x", count: 60) + "…\"")
    }
}

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
