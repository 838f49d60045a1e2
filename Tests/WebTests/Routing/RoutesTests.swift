import Exposition
import Testing

@testable import Web

@Suite("Routes")
struct RoutesTests {
    @Test(
        "answer 404 for a path that is none",
        arguments: ["/", "/pages", "/page/", "/PAGE", "//page", "/page%20", "*"]
    )
    func notFound(path: String) async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == 404)
            #expect(response.body == "not found\n")
        }
    }

    @Test("do not look at the query")
    func query() async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("GET", "/page?name=/other")
            #expect(response.body == "page")
        }
    }

    @Test("answer 405 for another method than GET and HEAD", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
    func methodNotAllowed(method: String) async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request(method, "/page")
            #expect(response.status == 405)
            #expect(response.headers["allow"] == "GET, HEAD")
            #expect(response.body == "method not allowed; use GET or HEAD\n")
        }
    }

    @Test("answer 404 before they look at the method")
    func notFoundFirst() async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("POST", "/other")
            #expect(response.status == 404)
        }
    }

    @Test(
        "have the pages of an exporter",
        arguments: [("/metrics", 200), ("/", 200), ("/-/healthy", 200), ("/-/ready", 200)]
    )
    func standard(path: String, status: Int) async throws {
        try await TestServer.run(try .exporter(telemetryPath: "/metrics")) { server in
            let response = try await server.connect().request("GET", path)
            #expect(response.status == status)
        }
    }

    @Test("have the metrics in the status page's place when they are to be there")
    func metricsAtRoot() async throws {
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
