import Testing

@testable import Web

struct RequestValidationHandlerTests {
    @Test(arguments: [
        "NONSENSE\r\n\r\n",
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        "GET /page\r\n\r\n",
        "GET /page HTTP/9.9\r\nHost: test\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost : test\r\n\r\n",
        "GET /page HTTP/1.1\r\nNo colon\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: many\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "G\u{e9}T /page HTTP/1.1\r\nHost: test\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /page HTTP/1.1\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET /page HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nX: a\r\n folded\r\n\u{b}\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nX: a\u{0}b\r\n\r\n",
        "GET /pa ge HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET /page HTTP/1.1\nHost test\n\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ])
    func `a malformed request is refused without affecting other connections`(request: String) async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send(request)
            client.finishSending()
            let answer = try await client.readToEnd()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "))
            #expect(try await server.connect().request("GET", "/page").status == 200)
        }
    }

    @Test func `a malformed request ends its connection in spite of keep-alive`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("NONSENSE\r\n\r\n")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }

    @Test(arguments: [
        "POST /page HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
        "PUT /page HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET /page HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n\r\n",
    ])
    func `a request with a body is refused`(request: String) async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send(request)
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response.body == "requests must not have a body\n")
            #expect(try await client.readToEnd() == "", "what follows is not taken for a request")
        }
    }

    @Test func `a request with too long a target is refused`() async throws {
        var limits = WebLimits()
        limits.target = 64
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            let response = try await client.request("GET", "/page?" + String(repeating: "a", count: 64))
            #expect(response.status == 414)
            #expect(response.headers["connection"] == "close")
            let without = try await server.connect().request("GET", "/page?" + String(repeating: "a", count: 58))
            #expect(without.status == 200)
        }
    }

    @Test func `a malformed request is refused after the answers to those before it`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            try client.send("GET /page HTTP/1.1\r\nHost: test\r\n\r\nGET /page HTTP/1.1\r\n\r\n")
            #expect(try await client.response().body == "page")
            #expect(try await client.response().body == "bad request; send exactly one valid Host header\n")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a request with too many or too long headers is refused`() async throws {
        var limits = WebLimits()
        limits.headerField = 64
        limits.headerList = 256
        limits.headerCount = 8
        let tooLong = ["X-Long: " + String(repeating: "a", count: 100)]
        let tooMany = (1...9).map { "X-\($0): 1" }
        let tooMuch = (1...6).map { "X-\($0): " + String(repeating: "a", count: 50) }
        try await TestServer.run(.page, limits: limits) { server in
            for headers in [tooLong, tooMany, tooMuch] {
                let client = try server.connect()
                #expect(try await client.request("GET", "/page", headers: headers).status == 431)
                #expect(try await client.readToEnd() == "")
            }
            #expect(try await server.connect().request("GET", "/page").status == 200)
        }
    }
}
