import Linux
import Testing

@testable import Web

struct RouteProfilesTests {
    private let asked = Protected<[String]>([])

    private func routes() throws -> Routes {
        try Routes(
            [
                .profile(at: "/debug/pprof/mutex") { seconds in
                    asked.withLock { $0.append("all \(seconds.map { "\($0)" } ?? "–")") }
                    return .profile(Array("profile".utf8))
                },
                .profiles(below: "/debug/pprof/gil/") { name, seconds in
                    asked.withLock { $0.append("\(name) \(seconds.map { "\($0)" } ?? "–")") }
                    return name == "busy" ? .busy : .unknown("no \(name)")
                },
                .pages(below: "/flamegraph/") { name, nonce in name == "shop" ? "<p>\(nonce)</p>" : nil },
            ],
            prefix: RoutePrefix("/gil")
        )
    }

    @Test func `a profile is sent as profilers expect it`() async throws {
        try await TestServer.run(routes()) { server in
            let client = try server.connect()
            let response = try await client.request("GET", "/gil/debug/pprof/mutex?seconds=2.5")
            #expect(response.status == 200)
            #expect(response.body == "profile")
            #expect(response.headers["content-type"] == "application/octet-stream")
            #expect(try await client.request("GET", "/gil/debug/pprof/mutex").status == 200)
            #expect(try await client.request("POST", "/gil/debug/pprof/mutex").status == 405)
        }
        #expect(asked.withLock { $0 } == ["all 2.5", "all –"])
    }

    @Test(arguments: ["0", "-1", "301", "nan", "inf", "soon", ""])
    func `an impossible time is refused`(seconds: String) async throws {
        try await TestServer.run(routes()) { server in
            let response = try await server.connect().request("GET", "/gil/debug/pprof/mutex?seconds=\(seconds)")
            #expect(response.status == 400)
            #expect(response.body == "seconds takes a number above 0 and up to 300\n")
        }
        #expect(asked.withLock { $0 }.isEmpty)
    }

    @Test func `the rest of a path names the profile`() async throws {
        try await TestServer.run(routes()) { server in
            let client = try server.connect()
            let names = ["shop.service", "a%20b%2Fc%C3%A9", "busy", ""]
            let statuses = [404, 404, 503, 404]
            for (name, status) in zip(names, statuses) {
                #expect(try await client.request("GET", "/gil/debug/pprof/gil/\(name)").status == status)
            }
            #expect(try await client.request("GET", "/gil/debug/pprof/gil/%zz").status == 400)
            #expect(try await client.request("GET", "/gil/debug/pprof/gil/%C3").status == 400)
            #expect(try await client.request("GET", "/gil/debug/pprof/gil").status == 404)
            #expect(try await client.request("GET", "/debug/pprof/gil/shop").status == 404)
        }
        #expect(asked.withLock { $0 } == ["shop.service –", "a b/cé –", "busy –", " –"])
    }

    @Test func `a page of another site cannot start a profile`() async throws {
        try await TestServer.run(routes()) { server in
            let headers = ["Sec-Fetch-Site: cross-site", "Origin: https://example.org"]
            let response = try await server.connect().request("GET", "/gil/debug/pprof/mutex", headers: headers)
            #expect(response.status == 403)
        }
        #expect(asked.withLock { $0 }.isEmpty)
    }

    @Test func `a page below a prefix has the nonce of its policy`() async throws {
        try await TestServer.run(routes()) { server in
            let client = try server.connect()
            let response = try await client.request("GET", "/gil/flamegraph/shop")
            #expect(response.status == 200)
            let nonce = response.body.dropFirst(3).prefix(32)
            #expect(response.headers["content-security-policy"]?.contains("'nonce-\(nonce)'") == true)
            #expect(try await client.request("GET", "/gil/flamegraph/other").status == 404)
        }
    }
}
