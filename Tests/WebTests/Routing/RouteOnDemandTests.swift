import Exposition
import Linux
import Testing

@testable import Web

struct RouteOnDemandTests {
    private let requests = Protected<[OnDemandRequest]>([])

    private func routes(_ answer: @escaping @Sendable () -> OnDemandAnswer) -> Routes {
        Routes([
            .metrics(
                at: "/probe",
                onDemand: { [requests] request in
                    requests.withLock { $0.append(request) }
                    return answer()
                }
            )
        ])
    }

    @Test func `the measurement has the time of the scrape less a margin`() async throws {
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
        let request = try #require(requests.withLock { $0.first })
        #expect(request.parameters == ["runtime": "python3.14t", "probe": "gil"])
        #expect(request.limit == .seconds(3))
    }

    @Test(
        arguments: [
            ("/probe?runtime=a&probe=b", [], "unknown probe b"),
            ("/probe", ["X-Prometheus-Scrape-Timeout-Seconds: soon"], "is not a time"),
            ("/probe", ["X-Prometheus-Scrape-Timeout-Seconds: -1"], "is not a time"),
        ]
    )
    func `an invalid request is explained`(path: String, headers: [String], words: String) async throws {
        try await TestServer.run(routes { .invalid("unknown probe b") }) { server in
            let response = try await server.connect().request("GET", path, headers: headers)
            #expect(response.status == 400)
            #expect(response.body.contains(words))
        }
    }

    @Test(
        arguments: ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example", "Referer: http://evil.example/"]
    )
    func `nothing is measured for a page of another site`(header: String) async throws {
        try await TestServer.run(routes { .invalid("") }) { server in
            let response = try await server.connect().request("GET", "/probe?runtime=a&probe=b", headers: [header])
            #expect(response.status == 403)
        }
        #expect(requests.withLock { $0 }.isEmpty)
    }

    @Test func `a refusal has the time to wait, rounded up`() async throws {
        try await TestServer.run(routes { .later(.milliseconds(2100), reason: "spent") }) { server in
            let response = try await server.connect().request("GET", "/probe?runtime=a&probe=b")
            #expect((response.status, response.body) == (429, "spent\n"))
            #expect(response.headers["retry-after"] == "3")
        }
    }
}
