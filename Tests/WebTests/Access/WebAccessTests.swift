import Testing

@testable import Web

struct WebAccessTests {
    /// alice:secret
    private static let alice = "Authorization: Basic YWxpY2U6c2VjcmV0"

    private static func configuration() throws -> WebConfiguration {
        var configuration = WebConfiguration()
        configuration.users = Users(["alice": try PasswordHash(PasswordHashTests.secret)])
        return configuration
    }

    @Test func `only users with the right password are let in`() async throws {
        let access = WebAccess(try Self.configuration())
        try await TestServer.run(.page, access: access) { server in
            let client = try server.connect()
            for headers in [[], ["Authorization: Basic YWxpY2U6d3Jvbmc="], ["Authorization: Basic Ym9iOnNlY3JldA=="]] {
                let response = try await client.request("GET", "/page", headers: headers)
                #expect(response.status == 401)
                #expect(response.headers["www-authenticate"]?.hasPrefix("Basic realm=") == true)
                #expect(response.body == "unauthorized\n")
            }
            for _ in 1...2 {
                #expect(try await client.request("GET", "/page", headers: [Self.alice]).body == "page")
            }
        }
    }

    @Test func `a replaced configuration also applies to open connections`() async throws {
        let access = WebAccess(try Self.configuration())
        try await TestServer.run(.page, access: access) { server in
            let client = try server.connect()
            #expect(try await client.request("GET", "/page", headers: [Self.alice]).status == 200)
            var configuration = WebConfiguration()
            let other = PasswordHashTests.secret.replacing("IrW", with: "IrX")
            configuration.users = Users(["alice": try PasswordHash(other)])
            access.replace(with: configuration)
            let response = try await client.request("GET", "/page", headers: [Self.alice])
            #expect(response.status == 401, "what was recognised is so for its hash alone")
            access.replace(with: WebConfiguration())
            #expect(try await client.request("GET", "/page").status == 200)
        }
    }

    @Test func `a reload does not reset the rate limit`() async throws {
        var configuration = WebConfiguration()
        configuration.rateLimit = RateLimit(interval: .seconds(3600), burst: 1)
        let access = WebAccess(configuration)
        try await TestServer.run(.page, access: access) { [configuration] server in
            let client = try server.connect()
            #expect(try await client.request("GET", "/page").status == 200)
            access.replace(with: configuration)
            let response = try await client.request("GET", "/page")
            #expect(response.status == 429)
            #expect(response.headers["retry-after"] == "1")
        }
    }

    @Test func `the configured headers are added to every response`() async throws {
        var configuration = WebConfiguration()
        configuration.headers = ["X-Frame-Options": "deny"]
        try await TestServer.run(.page, access: WebAccess(configuration)) { server in
            for path in ["/page", "/missing"] {
                let response = try await server.connect().request("GET", path)
                #expect(response.headers["x-frame-options"] == "deny")
            }
        }
    }
}

struct TokenBucketTests {
    @Test func `a rate limit allows a burst, and then one request per interval`() {
        let second: UInt64 = 1_000_000_000
        var bucket = TokenBucket(RateLimit(interval: .seconds(1), burst: 2), now: 0)
        let moments = [0, 0, 0, second / 2, second, second, 10 * second, 10 * second, 10 * second]
        #expect(moments.map { bucket.take(now: $0) } == [true, true, false, false, true, false, true, true, false])
    }
}
