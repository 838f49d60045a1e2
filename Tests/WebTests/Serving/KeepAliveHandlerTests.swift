import Testing

@testable import Web

struct KeepAliveHandlerTests {
    @Test func `a connection serves request after request`() async throws {
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

    @Test func `pipelined requests are answered in order`() async throws {
        try await TestServer.run(Routes(["a", "b"].map { text in Route("/\(text)") { _ in .text(text) } })) { server in
            let client = try server.connect()
            try client.send("GET /a HTTP/1.1\r\nHost: test\r\n\r\nGET /b HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try await client.response().body == "a")
            #expect(try await client.response().body == "b")
        }
    }

    @Test(arguments: [
        "GET /page HTTP/1.0\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nConnection: Close\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nConnection: close, TE\r\n\r\n",
    ])
    func `a connection ends after the response if its client asks for that`(request: String) async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send(request)
            let response = try await client.response()
            #expect(response.headers["connection"] == "close")
            #expect(response.body == "page")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `an HTTP/1.0 connection stays open if its client asks for that`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            for _ in 1...2 {
                try client.send("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try await client.response().body == "page")
            }
        }
    }

    @Test func `bytes after the last request are ignored`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("GET /page HTTP/1.0\r\n\r\nGET /page HTTP/1.1\r\nHost: test\r\n\r\n")
            let text = try await client.readToEnd()
            #expect(text.ranges(of: "HTTP/1.1 200 OK").count == 1)
        }
    }

    @Test func `a client that has closed its sending side still gets its response`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("GET /page HTTP/1.1\r\nHost: test\r\n\r\n")
            client.finishSending()
            #expect(try await client.readToEnd().hasSuffix("\r\n\r\npage"))
        }
    }

    @Test func `a connection ends after the maximum number of requests`() async throws {
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
