import Testing

@testable import Reports

struct HTMLTests {
    @Test(
        arguments: [
            ("", ""),
            ("plain é 🐍", "plain é 🐍"),
            ("<script>alert(\"1\")</script>", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"),
            ("'&amp;'", "&#39;&amp;amp;&#39;"),
            ("a\n\tb", "a\n\tb"),
            ("\u{0}\u{1B}[31m\u{7F}", "\u{FFFD}\u{FFFD}[31m\u{FFFD}"),
        ]
    )
    func `text stands for itself`(text: String, escaped: String) {
        #expect(HTML.escape(text) == escaped)
    }

    @Test func `interpolated text is escaped, and a piece is not`() {
        let piece: HTML = "<b>\("<&>")</b>"
        let pieces: HTML = "<p title=\"\("\"")\">\(piece) and \([piece, piece])</p>"
        #expect(piece.source == "<b>&lt;&amp;&gt;</b>")
        #expect(
            pieces.source
                == "<p title=\"&quot;\"><b>&lt;&amp;&gt;</b> and <b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b></p>"
        )
    }
}
