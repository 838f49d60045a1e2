import Testing

@testable import Web

struct TimeoutHandlerTests {
    @Test(arguments: ["", "GET /page HTTP/1.1\r\nHo"])
    func `a slow request head ends the connection`(beginning: String) async throws {
        var limits = WebLimits()
        limits.head = .milliseconds(20)
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            try client.send(beginning)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `the time limit of a head starts with its first byte`() async throws {
        var limits = WebLimits()
        limits.head = .milliseconds(200)
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            #expect(try await client.request("GET", "/page").body == "page")
            try client.send("GET /page HTTP/1.1\r\nHo")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a slow reader of a response loses the connection`() async throws {
        var limits = WebLimits()
        limits.response = .milliseconds(20)
        // More than socket buffers take at once.
        let large = 16 << 20
        let routes = Routes([Route("/large") { _ in .text(String(repeating: "a", count: large)) }])
        try await TestServer.run(routes, limits: limits) { server in
            let client = try server.connect()
            try client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
            await server.accepted(1)
            await server.closed()
            #expect(try await client.readToEnd().utf8.count < large)
        }
    }
}
