import Exposition
import Testing

@testable import Web

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
