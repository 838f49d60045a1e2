import Logging
import TestSupport
import Testing

@testable import Web

struct ResponderTests {
    @Test func `a response has Date, Content-Type and Content-Length`() async throws {
        try await TestServer.run(.page) { server in
            let response = try await server.connect().request("GET", "/page")
            #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
            #expect(response.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(response.headers["content-length"] == "4")
        }
    }

    @Test func `a response to HEAD has the headers of GET and no body`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            let response = try await client.request("HEAD", "/page")
            #expect(response.status == 200)
            #expect(response.headers["content-length"] == "4")
            #expect(try await client.request("GET", "/page").body == "page", "no body came in between")
        }
    }

    @Test func `a failing route answers 500 and logs the cause`() async throws {
        struct Broken: Error {}
        let log = RecordedLog()
        try await TestServer.run(Routes([Route("/page") { _ in throw Broken() }]), log: log) { server in
            let client = try server.connect()
            let response = try await client.request("GET", "/page")
            #expect(response.status == 500)
            #expect(response.body == "internal server error; the log has the cause\n")
            #expect(try await client.request("GET", "/page").status == 500, "the connection stays")
        }
        let entry = try #require(log.entries.first { $0.message == "Cannot answer a request" })
        #expect(entry.level == .error)
        #expect(entry.metadata == ["path": "/page", "error": "Broken()"])
    }

    @Test func `requests are not logged at level info`() async throws {
        let log = RecordedLog()
        try await TestServer.run(.page, log: log) { server in
            _ = try await server.connect().request("GET", "/page")
            #expect(log.entries.contains { $0.level == .debug && $0.metadata["path"] == "/page" })
            #expect(!log.entries.contains { $0.level >= .info && $0.metadata["path"] != nil })
        }
    }
}
