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
