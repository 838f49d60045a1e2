import Testing

@testable import Web

@Suite("The status page")
struct StatusPageTests {
    private let source = StatusPage.example().document.source(nonce: "n")

    @Test("has no markup but its own, whatever it is told")
    func escapes() {
        let marked = StatusPage.example("<b a=\"'\">&").document.source(nonce: "n")
        let plain = StatusPage.example("").document.source(nonce: "n")
        let tags = { (text: String) in text.split(separator: "<").map { $0.prefix { $0.isLetter || $0 == "/" } } }
        #expect(!marked.contains("<b a="))
        #expect(tags(marked).count { $0 == "tr" } == tags(plain).count { $0 == "tr" })
        #expect(marked.contains("&lt;b a=&quot;&#39;&quot;&gt;&amp;"))
    }

    @Test("says in words what its bars and lines show")
    func alternatives() {
        #expect(source.contains("aria-label=\"CPU 50 %, lock 47 %, queue unknown, rest 1 %\""))
        #expect(source.contains("aria-label=\"0.98 times as fast as one worker; ideal is 1\""))
        #expect(source.contains("aria-label=\"Speedup in the last 4 rounds: from 0.50 to 1.02, median 0.98\""))
        let pictures = source.ranges(of: "<svg").count
        #expect(pictures == source.ranges(of: "role=\"img\"").count)
        #expect(pictures == 3, "a probe without figures has none")
    }

    @Test("has landmarks, one heading of the first level, and headers for all rows and columns")
    func structure() {
        // The script names elements too.
        let markup = source.prefix(upTo: source.firstRange(of: "<script")?.lowerBound ?? source.endIndex)
        for element in ["<header>", "<nav ", "<main>", "<footer>", "<h1>"] {
            #expect(markup.ranges(of: element).count == 1, "\(element)")
        }
        #expect(source.ranges(of: "<th role=\"rowheader\" scope=\"row\">").count == 3)
        #expect(source.ranges(of: "<tr role=\"row\">").count == 3 + 2)
    }

    @Test("draws durations, which have no ideal, for the probe that the others are compared with")
    func reference() {
        var page = StatusPage.example()
        page.runtimes[0].probes[0].idealSpeedup = nil
        page.runtimes[0].probes[0].history = [0.4871, 0.52]
        let source = page.document.source(nonce: "n")
        let words = "Duration in the last 2 rounds: from 0.487 s to 0.520 s, median 0.520 s"
        #expect(source.contains("aria-label=\"\(words)\""))
        #expect(!source.contains("<line"))
    }

    @Test("gives a failure the same identifier, whatever failed after it")
    func identifiers() {
        var page = StatusPage.example()
        let identifier = "<details id=\"stderr-2026-11-23T19:00:00.123Z-text-description\">"
        #expect(page.document.source(nonce: "n").ranges(of: identifier).count == 1)
        page.failures.insert(page.failures[0], at: 0)
        page.failures[0].time = "2026-11-23T19:01:00.123Z"
        #expect(page.document.source(nonce: "n").ranges(of: identifier).count == 1)
    }

    @Test("leaves a gap in a line where a round gave nothing")
    func gap() {
        #expect(source.ranges(of: "<polyline").count == 2)
    }

    @Test("shows failures with time, duration and standard error")
    func failures() {
        #expect(source.contains("<time datetime=\"2026-11-23T19:00:00.123Z\">2026-11-23 19:00:00 UTC</time>"))
        #expect(source.contains("75 s ago"))
        #expect(source.contains("1.25 s"))
        #expect(source.contains("<pre>text</pre>"))
    }

    @Test("obeys no style and no script but its own, and is framed by nobody")
    func policy() async throws {
        try await TestServer.run(Routes([.status { .example() }])) { server in
            let client = try server.connect()
            let first = try await client.request("GET", "/")
            let second = try await client.request("GET", "/")
            #expect(first.headers["content-type"] == "text/html; charset=utf-8")
            #expect(first.headers["x-content-type-options"] == "nosniff")
            #expect(first.headers["x-frame-options"] == "DENY")
            #expect(first.headers["referrer-policy"] == "no-referrer")
            let policy = try #require(first.headers["content-security-policy"])
            #expect(policy.hasPrefix("default-src 'none'; "))
            let nonce = try #require(policy.split(separator: "'nonce-").dropFirst().first?.prefix { $0 != "'" })
            #expect(nonce.count == 32)
            #expect(first.body.contains("<style nonce=\"\(nonce)\">"))
            #expect(first.body.contains("<script nonce=\"\(nonce)\">"))
            #expect(!second.body.contains(nonce), "a nonce is used once")
        }
    }
}
