import Testing

@testable import Web

@Suite("A route prefix")
struct RoutePrefixTests {
    @Test(
        "stands before paths, however it is written",
        arguments: [("", "/x"), ("/", "/x"), ("/gil", "/gil/x"), ("gil/", "/gil/x"), ("//a//b/", "/a/b/x")]
    )
    func normalises(text: String, path: String) throws {
        #expect(try RoutePrefix(text).path(of: "/x") == path)
    }

    @Test("has no characters that a path has not", arguments: ["/a b", "/a?b", "/%61", "/é"])
    func refuses(text: String) {
        #expect(throws: RoutePrefixError(text: text)) { try RoutePrefix(text) }
    }

    @Test(
        "moves all routes, and leads people to them",
        arguments: [("/gil/page", 200), ("/page", 404), ("/", 302), ("/gil", 302), ("/gil/other", 404)]
    )
    func moves(path: String, status: Int) async throws {
        let routes = Routes([Route("/page") { _ in .text("page") }], prefix: try RoutePrefix("/gil"))
        try await TestServer.run(routes) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == status)
            #expect(response.headers["location"] == (status == 302 ? "/gil/" : nil))
        }
    }
}

@Suite("An external URL")
struct ExternalURLTests {
    @Test(
        "has the prefix of its path",
        arguments: [
            ("https://example.com", "/x"), ("http://example.com:8080/", "/x"), ("HTTPS://[::1]:1/a/gil/", "/a/gil/x"),
        ]
    )
    func prefix(text: String, path: String) throws {
        #expect(try ExternalURL(text).prefix.path(of: "/x") == path)
    }

    @Test(
        "is one of a page",
        arguments: [
            "", "example.com", "/gil", "ftp://example.com", "http://", "http:///gil", "http://a/?b", "http://a#b",
        ]
    )
    func refuses(text: String) {
        #expect(throws: ExternalURLError(text: text)) { try ExternalURL(text) }
    }
}
