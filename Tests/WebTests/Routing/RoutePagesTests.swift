import Testing

@testable import Web

struct RoutePagesTests {
    @Test func `a page allows only its own style and script, and no frames`() async throws {
        let routes = Routes([.page(at: "/") { nonce in "<style nonce=\"\(nonce)\"></style>" }])
        try await TestServer.run(routes) { server in
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
            #expect(policy.ranges(of: "'nonce-\(nonce)'").count == 2)
            #expect(first.body == "<style nonce=\"\(nonce)\"></style>")
            #expect(!second.body.contains(nonce), "a nonce is used once")
        }
    }

    @Test func `a document is JSON, made for each request`() async throws {
        try await TestServer.run(Routes([.json(at: "/api") { Array("{}\n".utf8) }])) { server in
            let response = try await server.connect().request("GET", "/api")
            #expect(response.headers["content-type"] == "application/json")
            #expect(response.headers["cache-control"] == "no-store")
            #expect(response.body == "{}\n")
        }
    }
}
