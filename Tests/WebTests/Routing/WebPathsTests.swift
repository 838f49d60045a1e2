import Testing

@testable import Web

struct TelemetryPathTests {
    @Test(arguments: ["/metrics", "/", "/a/b", "/gil-exporter/metrics.txt", "/-metrics", "/~x/@y"])
    func `an absolute path is accepted`(text: String) throws {
        #expect(try TelemetryPath(text).description == text)
    }

    @Test(arguments: [
        ("", WebPathError.Problem.relative),
        ("metrics", .relative),
        ("/-/healthy", .reserved),
        ("/-/other", .reserved),
        ("/metrics?name=x", .character),
        ("/metrics#x", .character),
        ("/met rics", .character),
        ("/%6detrics", .character),
        ("/métriques", .character),
    ])
    func `an invalid telemetry path is refused`(text: String, problem: WebPathError.Problem) {
        #expect(throws: WebPathError(.telemetryPath, text, problem)) { try TelemetryPath(text) }
    }

    @Test func `an invalid telemetry path is refused with a correction`() {
        #expect(
            WebPathError(.telemetryPath, "metrics", .relative).description
                == "telemetry path \"metrics\": must begin with a slash; write /metrics"
        )
    }
}

struct RoutePrefixTests {
    @Test(arguments: [("", "/x"), ("/", "/x"), ("/gil", "/gil/x"), ("gil/", "/gil/x"), ("//a//b/", "/a/b/x")])
    func `a route prefix is the same with and without slashes at its ends`(text: String, path: String) throws {
        #expect(try RoutePrefix(text).path(of: "/x") == path)
    }

    @Test(arguments: ["/a b", "/a?b", "/%61", "/é"])
    func `a route prefix with characters that a path cannot have is refused`(text: String) {
        #expect(throws: WebPathError(.routePrefix, text, .character)) { try RoutePrefix(text) }
    }

    @Test(arguments: [("/gil/page", 200), ("/page", 404), ("/", 302), ("/gil", 302), ("/gil/other", 404)])
    func `a route prefix moves all routes and redirects the root`(path: String, status: Int) async throws {
        let routes = Routes([Route("/page") { _ in .text("page") }], prefix: try RoutePrefix("/gil"))
        try await TestServer.run(routes) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == status)
            #expect(response.headers["location"] == (status == 302 ? "/gil/" : nil))
        }
    }
}

struct ExternalURLTests {
    @Test(arguments: [
        ("https://example.com", "/x"), ("http://example.com:8080/", "/x"), ("HTTPS://[::1]:1/a/gil/", "/a/gil/x"),
    ])
    func `the path of an external URL becomes the prefix of links`(text: String, path: String) throws {
        #expect(try ExternalURL(text).prefix.path(of: "/x") == path)
    }

    @Test(arguments: [
        "", "example.com", "/gil", "ftp://example.com", "http://", "http:///gil", "http://a/?b", "http://a#b",
    ])
    func `a URL that is not the address of a page is refused`(text: String) {
        #expect(throws: WebPathError(.externalURL, text, .notPage)) { try ExternalURL(text) }
    }
}
