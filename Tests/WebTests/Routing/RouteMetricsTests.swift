import Exposition
import HTTPTypes
import Testing

@testable import Web

struct RouteMetricsTests {
    let registry = Registry()
    let routes: Routes

    init() {
        registry.gauge("answer", help: "The answer.").set(42)
        routes = Routes([.metrics(at: .standard, of: registry)])
    }

    @Test(arguments: [
        (nil, Format.text),
        ("text/html", .text),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .text),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", .openMetrics),
    ])
    func `metrics are served in the format that the client asks for`(accept: String?, format: Format) async throws {
        try await TestServer.run(routes) { server in
            let headers = accept.map { ["Accept: \($0)"] } ?? []
            let response = try await server.connect().request("GET", "/metrics", headers: headers)
            #expect(response.status == 200)
            #expect(response.headers["content-type"] == format.contentType)
            #expect(response.headers["vary"] == "Accept, Accept-Encoding")
            #expect(response.body.contains("\nanswer 42\n"))
            #expect(response.body.hasSuffix("# EOF\n") == (format == .openMetrics))
        }
    }

    @Test func `several Accept headers count as one`() async throws {
        try await TestServer.run(routes) { server in
            let response = try await server.connect().request(
                "GET",
                "/metrics",
                headers: ["Accept: text/plain;q=0.2", "Accept: application/openmetrics-text;version=1.0.0"]
            )
            #expect(response.headers["content-type"] == Format.openMetrics.contentType)
        }
    }

    @Test func `every scrape gathers again into an emptied buffer`() async throws {
        let scrapes = registry.counter("gatherings_total", help: "Gatherings.")
        registry.beforeGather { scrapes.increment() }
        try await TestServer.run(routes) { server in
            let client = try server.connect()
            for scrape in 1...3 {
                let body = try await client.request("GET", "/metrics").body
                #expect(body.contains("\ngatherings_total \(scrape)\n"))
                #expect(body.ranges(of: "# TYPE answer gauge").count == 1)
            }
        }
    }

    @Test func `HEAD has the same Content-Length as GET`() async throws {
        try await TestServer.run(routes) { server in
            let client = try server.connect()
            let head = try await client.request("HEAD", "/metrics")
            let get = try await client.request("GET", "/metrics")
            #expect(head.headers["content-length"] == get.headers["content-length"])
            #expect(head.headers["content-type"] == get.headers["content-type"])
        }
    }

    @Test func `a large exposition is compressed for a client that asks for it`() async throws {
        registry.gauge("long", help: String(repeating: "long ", count: 1000)).set(1)
        try await TestServer.run(routes) { server in
            let client = try server.connect()
            let plain = try await client.request("HEAD", "/metrics")
            let compressed = try await client.request("HEAD", "/metrics", headers: ["Accept-Encoding: gzip"])
            #expect(plain.headers["content-encoding"] == nil)
            #expect(compressed.headers["content-encoding"] == "gzip")
            let small = try #require(compressed.contentLength)
            let large = try #require(plain.contentLength)
            #expect(small < large / 10)
        }
    }

    @Test(arguments: [
        ("?name[]=answer", ["answer"]), ("?name%5B%5D=answer&name[]=question", ["answer", "question"]),
        ("?name[]=nothing", []), ("?name=answer", ["answer", "question"]), ("", ["answer", "question"]),
    ])
    func `a query selects families by name`(query: String, names: [String]) async throws {
        registry.gauge("question", help: "The question.").set(1)
        try await TestServer.run(routes) { server in
            let body = try await server.connect().request("GET", "/metrics\(query)").body
            let found = ["answer", "question"].filter { body.contains("\n\($0) ") }
            #expect(found == names)
        }
    }

    @Test func `a scrape beyond the limit is refused with Retry-After`() async throws {
        let gathering = ScrapeGathering(registry, atMost: 1)
        // As if another scrape were being prepared.
        let other = ScrapeGathering.Wish(format: .openMetrics, families: nil, coding: .identity)
        #expect(gathering.enter(other) == .first)
        try await TestServer.run(Routes([.metrics(at: .standard, from: gathering, counting: nil)])) { server in
            let client = try server.connect()
            let refused = try await client.request("GET", "/metrics")
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == "1")
            gathering.fulfil(other)
            #expect(try await client.request("GET", "/metrics").status == 200)
        }
    }

    @Test func `slow readers do not count towards the limit of concurrent scrapes`() async throws {
        let registry = Registry()
        registry.gauge("answer", help: "The answer.").set(42)
        registry.gauge("long", help: String(repeating: "long ", count: 200_000)).set(1)
        var options = ScrapeOptions()
        options.mostRequests = 1
        try await TestServer.run(Routes([.metrics(at: .standard, of: registry, options: options)])) { server in
            let deaf = try (1...3).map { _ in try server.connect() }
            for client in deaf { try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n") }
            let client = try server.connect()
            // The others' answers are larger than the sockets' buffers, so that they are being written until the end.
            var statuses: [Int?] = []
            while statuses.last != 200, statuses.count < 1000 {
                statuses.append(try await client.request("GET", "/metrics?name[]=answer").status)
            }
            #expect(statuses.last == 200)
        }
    }

    @Test func `the metrics of scrapes can be left out`() async throws {
        var options = ScrapeOptions()
        options.exposesOwnMetrics = false
        try await TestServer.run(Routes([.metrics(at: .standard, of: Registry(), options: options)])) { server in
            let response = try await server.connect().request("GET", "/metrics")
            #expect(response.body == "")
        }
    }
}
