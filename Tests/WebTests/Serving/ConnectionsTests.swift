import Testing

@testable import Web

struct ConnectionsTests {
    private static var limits: WebLimits {
        var limits = WebLimits()
        limits.connections = 2
        return limits
    }

    @Test func `a new connection beyond the limit replaces the one that has been silent longest`() async throws {
        try await TestServer.run(.page, limits: Self.limits) { server in
            let used = try server.connect()
            #expect(try await used.request("GET", "/page").body == "page")
            let silent = try server.connect()
            await server.accepted(2)
            let new = try server.connect()
            #expect(try await new.request("GET", "/page").body == "page")
            #expect(try await silent.readToEnd() == "")
            #expect(try await used.request("GET", "/page").body == "page")
        }
    }

    @Test func `the number of connections exceeds its limit only while surplus ones close`() async throws {
        try await TestServer.run(.page, limits: Self.limits) { server in
            let silent = try (0..<40).map { _ in try server.connect() }
            // Only the last ones are still open.
            for client in silent.dropLast(2) { #expect(try await client.readToEnd() == "") }
            #expect(server.web.connections.count <= 2)
            #expect(try await server.connect().request("GET", "/page").body == "page")
        }
    }

    @Test func `a connection that is being answered is never given up`() async throws {
        let released = Gate()
        let entered = [Gate(), Gate()]
        let routes = Routes(
            entered.indices.map { index in
                Route("/\(index)") { _ in
                    entered[index].open()
                    await released.passed()
                    return .text("page")
                }
            }
        )
        try await TestServer.run(routes, limits: Self.limits) { server in
            let clients = try entered.indices.map { _ in try server.connect() }
            for (index, client) in clients.enumerated() {
                try client.send("GET /\(index) HTTP/1.1\r\nHost: test\r\n\r\n")
                await entered[index].passed()
            }
            #expect(try await server.connect().readToEnd() == "")
            released.open()
            for client in clients { #expect(try await client.response().body == "page") }
        }
    }

    @Test func `a connection that waits for a password check is given up before an idle one`() async throws {
        var configuration = WebConfiguration()
        // Slow enough for the third connection to arrive meanwhile.
        let costly = PasswordHashTests.secret.replacing("$04$", with: "$13$")
        configuration.users = Users([
            "alice": try PasswordHash(PasswordHashTests.secret), "bob": try PasswordHash(costly),
        ])
        let access = WebAccess(configuration)
        let alice = "Authorization: Basic YWxpY2U6c2VjcmV0"
        let bob = "Authorization: Basic Ym9iOndyb25n"
        try await TestServer.run(.page, limits: Self.limits, access: access) { server in
            let known = try server.connect()
            #expect(try await known.request("GET", "/page", headers: [alice]).status == 200)
            let guesser = try server.connect()
            try guesser.send("GET /page HTTP/1.1\r\nHost: test\r\n\(bob)\r\n\r\n")
            while server.web.connections.count(at: .guessing) == 0 { await Task.yield() }
            let new = try server.connect()
            #expect(try await new.request("GET", "/page", headers: [alice]).status == 200)
            #expect(try await guesser.readToEnd() == "")
            #expect(try await known.request("GET", "/page", headers: [alice]).status == 200)
        }
    }
}

struct ConnectionSurgeTests {
    /// The connection counts at which a surge ended.
    private func ends(_ counts: [Int]) -> [Int] {
        var surge = ConnectionSurge(maxConnections: 512)
        return counts.filter { surge.ends(at: $0) }
    }

    @Test func `a surge ends once, when almost all connections are closed`() {
        #expect(ends(Array(0...64) + (0...63).reversed()) == [16])
    }

    @Test func `a few connections are not a surge`() {
        #expect(ends(Array(0...63) + (0...62).reversed()).isEmpty)
    }
}
