import Linux
import Testing

@testable import Web

struct RouteHealthTests {
    @Test(arguments: [
        (Route.healthy { .ok }, 200, "healthy\n"),
        (
            Route.healthy { .failing(reason: "the scheduler is stuck") }, 503,
            "not healthy: the scheduler is stuck\n"
        ),
        (Route.ready { .ok }, 200, "ready\n"),
        (Route.ready { .failing(reason: "stopping") }, 503, "not ready: stopping\n"),
    ])
    func `a health page answers yes, or no and the reason`(route: Route, status: Int, body: String) async throws {
        try await TestServer.run(Routes([route])) { server in
            let response = try await server.connect().request("GET", route.path)
            #expect(response.status == status)
            #expect(response.body == body)
            #expect(response.headers["cache-control"] == "no-store")
        }
    }

    @Test func `a health page asks again for every request`() async throws {
        let health = Protected(Health.failing(reason: "starting"))
        try await TestServer.run(Routes([.ready { health.withLock { $0 } }])) { server in
            let client = try server.connect()
            #expect(try await client.request("GET", "/-/ready").status == 503)
            health.withLock { $0 = .ok }
            #expect(try await client.request("GET", "/-/ready").status == 200)
        }
    }
}

struct RouteLifecycleTests {
    @Test(arguments: ["POST", "PUT"])
    func `a reload answers POST and PUT and reports the errors`(method: String) async throws {
        let outcome = Protected(ReloadOutcome.reloaded)
        try await TestServer.run(Routes([.reload { outcome.withLock { $0 } }])) { server in
            let client = try server.connect()
            let good = try await client.request(method, "/-/reload", headers: ["Content-Length: 0"])
            #expect((good.status, good.body) == (200, "reloaded\n"))
            outcome.withLock { $0 = .refused(["a.yml:1:2: no", "a.yml:3:4: nor this"]) }
            let bad = try await client.request(method, "/-/reload", headers: ["Content-Length: 0"])
            #expect(bad.status == 500)
            #expect(bad.body.hasSuffix(":\na.yml:1:2: no\na.yml:3:4: nor this\n"))
        }
    }

    @Test func `a lifecycle page refuses GET, because a link could send it`() async throws {
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

    /// Browsers send no `Sec-Fetch-Site` to another host without TLS.
    @Test(arguments: [
        (["Sec-Fetch-Site: cross-site"], 403), (["Sec-Fetch-Site: same-site"], 403),
        (["Sec-Fetch-Site: same-origin"], 200), (["Sec-Fetch-Site: none"], 200),
        (["Origin: http://evil.example"], 403), (["Origin: null"], 403), (["Origin: http://test:1"], 403),
        (["Origin: http://test"], 200), (["Referer: http://evil.example/page"], 403),
        (["Referer: http://test/"], 200), (["Origin: http://evil.example", "Referer: http://test/"], 403),
        (["Origin: http://evil.example", "Origin: http://test"], 403),
        (["Origin: https://gil.example.com"], 200), (["Origin: http://gil.example.com"], 403), ([], 200),
    ])
    func `a lifecycle page refuses requests that a browser sends for another site`(headers: [String], status: Int)
        async throws
    {
        let external = try ExternalURL("https://gil.example.com/gil/")
        let calls = Protected(0)
        let routes = Routes([
            .quit(external: external) { calls.withLock { $0 += 1 } },
            .reload(external: external) {
                calls.withLock { $0 += 1 }
                return .reloaded
            },
        ])
        try await TestServer.run(routes) { server in
            for path in ["/-/quit", "/-/reload"] {
                let headers = ["Content-Length: 0"] + headers
                let response = try await server.connect().request("POST", path, headers: headers)
                #expect(response.status == status)
            }
        }
        #expect(calls.withLock { $0 } == (status == 200 ? 2 : 0))
    }
}
