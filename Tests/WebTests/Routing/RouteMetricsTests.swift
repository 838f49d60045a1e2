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
        ("?name=answer", ["answer", "question"]), ("", ["answer", "question"]),
    ])
    func `a query selects families by name`(query: String, names: [String]) async throws {
        registry.gauge("question", help: "The question.").set(1)
        try await TestServer.run(routes) { server in
            let body = try await server.connect().request("GET", "/metrics\(query)").body
            let found = ["answer", "question"].filter { body.contains("\n\($0) ") }
            #expect(found == names)
        }
    }

    @Test(arguments: [
        ("name[]=answr", "unknown metric \"answr\"; did you mean answer?\n"),
        ("name[]=answer&name[]=gil_runs", "unknown metric \"gil_runs\"\n"),
        ("name[]=ans", "unknown metric \"ans\"; did you mean answer?\n"),
        ("name[]=", "unknown metric \"\"\n"),
        ("name[]=a1&name[]=a2&name[]=a3&name[]=a4&name[]=a5", "unknown metric \"a3\"\nand 2 more\n"),
    ])
    func `an unknown name is an error that names a similar one`(query: String, lesson: String) async throws {
        try await TestServer.run(routes) { server in
            let response = try await server.connect().request("GET", "/metrics?\(query)")
            #expect(response.status == 400)
            #expect(response.body.contains(lesson), "\(response.body)")
        }
    }

    @Test func `a scrape beyond the limit is refused with Retry-After`() async throws {
        let coalescer = ScrapeCoalescer(registry, maxGatherings: 1)
        // Simulates another scrape in progress.
        let other = ScrapeCoalescer.Key(format: .openMetrics, families: nil, coding: .identity)
        #expect(coalescer.enter(other) == .leader)
        try await TestServer.run(Routes([.metrics(at: .standard, of: registry, from: coalescer, counting: nil)])) {
            server in
            let client = try server.connect()
            let refused = try await client.request("GET", "/metrics")
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == "1")
            coalescer.complete(other)
            #expect(try await client.request("GET", "/metrics").status == 200)
        }
    }

    @Test func `slow readers do not count towards the limit of concurrent scrapes`() async throws {
        let registry = Registry()
        registry.gauge("answer", help: "The answer.").set(42)
        registry.gauge("long", help: String(repeating: "long ", count: 200_000)).set(1)
        var options = ScrapeOptions()
        options.maxRequests = 1
        try await TestServer.run(Routes([.metrics(at: .standard, of: registry, options: options)])) { server in
            let deaf = try (1...3).map { _ in try server.connect() }
            for client in deaf { try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n") }
            let client = try server.connect()
            // The answers to the others exceed the socket buffers, so the server is still writing them.
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

struct ScrapeMetricsTests {
    let registry = Registry()

    private func lines() -> Set<String> {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return Set(String(decoding: buffer, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    @Test func `the metrics of scrapes exist from the start`() {
        _ = ScrapeMetrics(registry)
        #expect(
            lines().isSuperset(of: [
                #"promhttp_metric_handler_requests_total{code="200"} 0"#,
                #"promhttp_metric_handler_requests_total{code="500"} 0"#,
                #"promhttp_metric_handler_requests_total{code="503"} 0"#,
                "promhttp_metric_handler_requests_in_flight 0",
                #"promhttp_metric_handler_errors_total{cause="gathering"} 0"#,
                #"promhttp_metric_handler_errors_total{cause="encoding"} 0"#,
            ])
        )
    }

    @Test func `a scrape is counted as in flight, then as answered`() async throws {
        try await TestServer.run(Routes([.metrics(at: .standard, of: registry)])) { server in
            let client = try server.connect()
            _ = try await client.request("GET", "/metrics")
            let second = try await client.request("GET", "/metrics").body
            #expect(second.contains("promhttp_metric_handler_requests_in_flight 1\n"))
            #expect(second.contains("promhttp_metric_handler_requests_total{code=\"200\"} 1\n"))
        }
        #expect(
            lines().isSuperset(of: [
                "promhttp_metric_handler_requests_in_flight 0",
                #"promhttp_metric_handler_requests_total{code="200"} 2"#,
            ])
        )
    }

    @Test func `a failed gathering is counted as an error`() async throws {
        struct Broken: Error {}
        let route = Route("/metrics", metrics: ScrapeMetrics(registry)) { _ in throw Broken() }
        try await TestServer.run(Routes([route])) { server in
            let response = try await server.connect().request("GET", "/metrics")
            #expect(response.status == 500)
        }
        #expect(
            lines().isSuperset(of: [
                #"promhttp_metric_handler_errors_total{cause="gathering"} 1"#,
                #"promhttp_metric_handler_requests_total{code="500"} 1"#,
            ])
        )
    }

    @Test func `a response that the client did not read is counted as an error`() async throws {
        let entered = Gate()
        let released = Gate()
        let route = Route("/metrics", metrics: ScrapeMetrics(registry)) { _ in
            entered.open()
            await released.passed()
            return .text("nobody reads this")
        }
        try await TestServer.run(Routes([route])) { server in
            let client = try server.connect()
            try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
            await entered.passed()
            client.reset()
            await server.web.connections.closed()
            released.open()
        }
        #expect(lines().contains(#"promhttp_metric_handler_errors_total{cause="encoding"} 1"#))
    }
}
