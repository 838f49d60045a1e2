import Linux
import Testing

@testable import Web

@Suite("A lifecycle page")
struct RouteLifecycleTests {
    @Test("reloads for POST and PUT, and says what is wrong", arguments: ["POST", "PUT"])
    func reload(method: String) async throws {
        let problems = Protected<[String]>([])
        try await TestServer.run(Routes([.reload { problems.withLock { $0 } }])) { server in
            let client = try server.connect()
            let good = try await client.request(method, "/-/reload", headers: ["Content-Length: 0"])
            #expect((good.status, good.body) == (200, "reloaded\n"))
            problems.withLock { $0 = ["a.yml:1:2: no", "a.yml:3:4: nor this"] }
            let bad = try await client.request(method, "/-/reload", headers: ["Content-Length: 0"])
            #expect(bad.status == 500)
            #expect(bad.body.hasSuffix(":\na.yml:1:2: no\na.yml:3:4: nor this\n"))
        }
    }

    @Test("does nothing for GET, which a link could be")
    func get() async throws {
        let quits = Protected(0)
        try await TestServer.run(Routes([.quit { quits.withLock { $0 += 1 } }])) { server in
            let client = try server.connect()
            let get = try await client.request("GET", "/-/quit")
            #expect(get.status == 405)
            #expect(get.headers["allow"] == "POST, PUT")
            #expect(quits.withLock { $0 } == 0)
            #expect(try await client.request("POST", "/-/quit", headers: ["Content-Length: 0"]).status == 200)
            #expect(quits.withLock { $0 } == 1)
        }
    }

    @Test(
        "does nothing for a page of another site",
        arguments: [("cross-site", 403), ("same-site", 403), ("none", 200)]
    )
    func foreign(site: String, status: Int) async throws {
        try await TestServer.run(Routes([.quit {}])) { server in
            let headers = ["Content-Length: 0", "Sec-Fetch-Site: \(site)"]
            let response = try await server.connect().request("POST", "/-/quit", headers: headers)
            #expect(response.status == status)
        }
    }
}
