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
            #expect(response.body == "internal server error; see the log for the cause\n")
            #expect(try await client.request("GET", "/page").status == 500, "the connection stays")
        }
        let entry = try #require(log.entries.first { $0.message == "Cannot answer a request" })
        #expect(entry.level == .error)
        #expect(entry.metadata == ["path": "/page", "err": "Broken()"])
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

struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        // The example of RFC 9110, 5.6.7.
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
    func `a date is written as IMF-fixdate`(seconds: Int, date: String) {
        #expect(HTTPDate.text(seconds) == date)
    }
}
