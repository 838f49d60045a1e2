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
