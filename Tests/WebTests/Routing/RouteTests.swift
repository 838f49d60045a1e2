import Exposition
import Testing

@testable import Web

struct RouteTests {
    @Test(arguments: ["/", "/pages", "/page/", "/PAGE", "//page", "/page%20", "*"])
    func `an unknown path gets 404`(path: String) async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == 404)
            #expect(response.body == "not found\n")
        }
    }

    @Test func `the query does not affect routing`() async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("GET", "/page?name=/other")
            #expect(response.body == "page")
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
    func `a method other than GET and HEAD gets 405`(method: String) async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request(method, "/page")
            #expect(response.status == 405)
            #expect(response.headers["allow"] == "GET, HEAD")
            #expect(response.body == "method not allowed; use GET or HEAD\n")
        }
    }

    @Test func `an unknown path gets 404 whatever the method`() async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("POST", "/other")
            #expect(response.status == 404)
        }
    }

    @Test(arguments: [("/metrics", 200), ("/", 200), ("/-/healthy", 200), ("/-/ready", 200)])
    func `the standard routes are all there`(path: String, status: Int) async throws {
        try await TestServer.run(try .exporter(telemetryPath: "/metrics")) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == status)
        }
    }

    @Test func `metrics at the root replace the status page`() async throws {
        try await TestServer.run(try .exporter(telemetryPath: "/")) { server in
            let response = try await server.connect().request("GET", "/")
            #expect(response.headers["content-type"] == Format.text.contentType)
            #expect(try await server.connect().request("GET", "/metrics").status == 404)
        }
    }
}

extension Routes {
    fileprivate static func exporter(telemetryPath: String) throws -> Routes {
        var options = RoutesOptions()
        options.telemetryPath = try TelemetryPath(telemetryPath)
        return Routes(
            options: options,
            registry: Registry(),
            healthy: { .ok },
            ready: { .ok },
            others: [.page(at: "/") { _ in "page" }]
        )
    }
}
