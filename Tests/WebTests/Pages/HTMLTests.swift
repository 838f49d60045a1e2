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
        ]
    )
    func escapes(text: String, escaped: String) {
        #expect(HTML.escape(text) == escaped)
    }
}
