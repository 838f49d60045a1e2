import Exposition
import Linux
import Testing

@testable import Web

@Suite("The page of a probe on demand")
struct RouteProbeTests {
    private let asked = Protected<[ProbeRequest]>([])

    private func routes(_ answer: @escaping @Sendable () -> ProbeAnswer) -> Routes {
        Routes([
            .probe { [asked] request in
                asked.withLock { $0.append(request) }
                return answer()
            }
        ])
    }

    @Test("answers the metrics of the probe, which has as long as the scrape less a margin")
    func metrics() async throws {
        let routes = routes {
            let registry = Registry()
            registry.gauge("gil_probe_success", help: "Success.").set(1)
            return .metrics(registry)
        }
        try await TestServer.run(routes) { server in
            let response = try await server.connect().request(
                "GET",
                "/probe?runtime=python3.14t&probe=gil",
                headers: ["X-Prometheus-Scrape-Timeout-Seconds: 3.5"]
            )
            #expect(response.status == 200)
            #expect(response.body.hasSuffix("\ngil_probe_success 1\n"))
        }
        let request = ProbeRequest(runtime: "python3.14t", probe: "gil", limit: .seconds(3))
        #expect(asked.withLock { $0 } == [request])
    }

    @Test(
        "explains what it was not asked well",
        arguments: [
            ("/probe", [], "name both"), ("/probe?runtime=native", [], "name both"),
            ("/probe?runtime=a&probe=b", [], "there is no b"),
            ("/probe?runtime=a&probe=b", ["X-Prometheus-Scrape-Timeout-Seconds: soon"], "is no time"),
            ("/probe?runtime=a&probe=b", ["X-Prometheus-Scrape-Timeout-Seconds: -1"], "is no time"),
        ]
    )
    func badRequest(path: String, headers: [String], words: String) async throws {
        try await TestServer.run(routes { .unknown("there is no b") }) { server in
            let response = try await server.connect().request("GET", path, headers: headers)
            #expect(response.status == 400)
            #expect(response.body.contains(words))
        }
    }

    @Test(
        "runs nothing for a page of another site that says so",
        arguments: ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example", "Referer: http://evil.example/"]
    )
    func foreign(header: String) async throws {
        try await TestServer.run(routes { .unknown("") }) { server in
            let response = try await server.connect().request("GET", "/probe?runtime=a&probe=b", headers: [header])
            #expect(response.status == 403)
        }
        #expect(asked.withLock { $0 } == [])
    }

    @Test("says when to come again, rather later than too early")
    func later() async throws {
        try await TestServer.run(routes { .later(.milliseconds(2100), reason: "spent") }) { server in
            let response = try await server.connect().request("GET", "/probe?runtime=a&probe=b")
            #expect((response.status, response.body) == (429, "spent\n"))
            #expect(response.headers["retry-after"] == "3")
        }
    }
}
