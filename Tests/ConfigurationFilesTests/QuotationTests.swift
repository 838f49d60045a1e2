import Testing

@testable import ConfigurationFiles

struct QuotationTests {
    @Test("what is printable is shown as it is")
    func printable() {
        #expect(quoted("café 5 %") == "\"café 5 %\"")
    }

    @Test("what could forge a line or command a terminal is escaped")
    func control() {
        #expect(quoted("a\nb\u{1B}[31m\u{202E}\0") == #""a\nb\u{1B}[31m\u{202E}\0""#)
    }

    @Test("a long text is cut")
    func long() {
        #expect(quoted(String(repeating: "x", count: 60)).count == 62)
        #expect(quoted(String(repeating: "x", count: 61)) == "\"" + String(repeating: "x", count: 60) + "…\"")
    }
}
