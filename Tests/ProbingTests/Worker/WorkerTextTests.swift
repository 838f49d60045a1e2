import Testing

@testable import Probing

struct WorkerTextTests {
    @Test func `a line keeps visible characters and escapes control characters`() {
        #expect(WorkerText.line("3.11.7 (naïve ✓)", limit: 64) == "3.11.7 (naïve ✓)")
        #expect(WorkerText.line("a\n\u{1B}[2J\u{202E}b", limit: 64) == #"a\n\u{1B}[2J\u{202E}b"#)
    }

    @Test func `a line is cut at its limit, with an ellipsis`() {
        #expect(WorkerText.line("12345", limit: 5) == "12345")
        #expect(WorkerText.line("123456", limit: 5) == "12345…")
    }

    @Test func `bytes that are not UTF-8 are quoted, too`() {
        #expect(WorkerText.quote([0x61, 0xFF, 0x0A]) == "\"a\u{FFFD}\\n\"")
        #expect(WorkerText.quote([UInt8](repeating: 0x61, count: 1000), limit: 3) == "\"aaa…\"")
    }
}
