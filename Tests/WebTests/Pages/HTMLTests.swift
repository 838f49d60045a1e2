import Testing

@testable import Web

@Suite("Text in HTML")
struct HTMLTests {
    @Test(
        "stands for itself",
        arguments: [
            ("", ""),
            ("plain é 🐍", "plain é 🐍"),
            ("<script>alert(\"1\")</script>", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"),
            ("'&amp;'", "&#39;&amp;amp;&#39;"),
            ("a\n\tb", "a\n\tb"),
            ("\u{0}\u{1B}[31m\u{7F}", "\u{FFFD}\u{FFFD}[31m\u{FFFD}"),
        ]
    )
    func escapes(text: String, escaped: String) {
        #expect(HTML.escape(text) == escaped)
    }

    @Test("is escaped when it is put into a piece, and a piece is not")
    func interpolates() {
        let piece: HTML = "<b>\("<&>")</b>"
        let pieces: HTML = "<p title=\"\("\"")\">\(piece) and \([piece, piece])</p>"
        #expect(piece.source == "<b>&lt;&amp;&gt;</b>")
        #expect(
            pieces.source
                == "<p title=\"&quot;\"><b>&lt;&amp;&gt;</b> and <b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b></p>"
        )
    }
}
