import Testing

@testable import Web

@Suite("A connection")
struct ConnectionPersistenceTests {
    @Test("serves request after request")
    func keepAlive() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            for _ in 1...3 {
                let response = try await client.request("GET", "/page")
                #expect(response.statusLine == "HTTP/1.1 200 OK")
                #expect(response.headers["connection"] == nil)
                #expect(response.body == "page")
            }
        }
    }

    @Test("answers requests that come together in their order")
    func pipelining() async throws {
        try await TestServer.run(Routes(["a", "b"].map { text in Route("/\(text)") { _ in .text(text) } })) { server in
            let client = try server.connect()
            try client.send("GET /a HTTP/1.1\r\nHost: test\r\n\r\nGET /b HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try await client.response().body == "a")
            #expect(try await client.response().body == "b")
        }
    }

    @Test(
        "ends after the response when its client wants that",
        arguments: [
            "GET /page HTTP/1.0\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: test\r\nConnection: Close\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: test\r\nConnection: close, TE\r\n\r\n",
        ]
    )
    func close(request: String) async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send(request)
            let response = try await client.response()
            #expect(response.headers["connection"] == "close")
            #expect(response.body == "page")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test("of HTTP/1.0 stays when its client asks for that")
    func keepAliveOfOldVersion() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            for _ in 1...2 {
                try client.send("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try await client.response().body == "page")
            }
        }
    }

    @Test("answers nothing after the last request")
    func ignoresWhatFollows() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("GET /page HTTP/1.0\r\n\r\nGET /page HTTP/1.1\r\nHost: test\r\n\r\n")
            let text = try await client.readToEnd()
            #expect(text.ranges(of: "HTTP/1.1 200 OK").count == 1)
        }
    }

    @Test("whose client sends no more still gets its response")
    func halfClosed() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("GET /page HTTP/1.1\r\nHost: test\r\n\r\n")
            client.finishSending()
            #expect(try await client.readToEnd().hasSuffix("\r\n\r\npage"))
        }
    }

    @Test("ends after as many requests as are allowed")
    func mostRequests() async throws {
        var limits = WebLimits()
        limits.requests = 2
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            #expect(try await client.request("GET", "/page").headers["connection"] == nil)
            #expect(try await client.request("GET", "/page").headers["connection"] == "close")
            #expect(try await client.readToEnd() == "")
        }
    }
}
