import Testing

@testable import Web

@Suite("The landing page")
struct LandingPageTests {
    static let page = LandingPage(
        name: "gil-exporter",
        summary: "What the <GIL> costs & why.",
        version: "version 1.0 (abc)",
        links: [
            LandingPage.Link(path: "/metrics", text: "Metrics"),
            LandingPage.Link(path: "/-/ready", text: "Ready"),
        ]
    )

    @Test("has its texts and links, escaped")
    func html() {
        let html = Self.page.html
        #expect(html.contains("<title>gil-exporter</title>"))
        #expect(html.contains("<p>What the &lt;GIL&gt; costs &amp; why.</p>"))
        #expect(html.contains("<li><a href=\"/metrics\">Metrics</a></li>\n<li><a href=\"/-/ready\">Ready</a></li>"))
        #expect(html.contains("<p>version 1.0 (abc)</p>"))
    }

    @Test("may load nothing and be framed by nobody")
    func policy() async throws {
        try await TestServer.run(Routes([.landing(Self.page)])) { server in
            let response = try await server.connect().request("GET", "/")
            #expect(response.headers["content-type"] == "text/html; charset=utf-8")
            let policy = response.headers["content-security-policy"]
            #expect(policy == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
            #expect(response.headers["x-content-type-options"] == "nosniff")
            #expect(response.body == Self.page.html)
        }
    }
}
