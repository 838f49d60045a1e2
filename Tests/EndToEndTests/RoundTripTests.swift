import Exposition
import TestSupport
import Testing

extension EndToEnd {
    struct RoundTripTests {
        /// Tests/ExpositionTests/RoundTripTests.swift reads the same with strict parsers.
        @Test(.needsPrometheus, arguments: Format.allCases)
        func `Prometheus stores each random series as it was set`(_ format: Format) async throws {
            let random = RandomRegistry(seed: 6, series: 500)
            let page = try FixedPage(random.bytes(format), contentType: format.contentType)
            let prometheus = try await Prometheus.scraping(port: page.port)
            let target = try await prometheus.scraped()
            #expect(target.lastError == "")
            for name in ["random_value", "random_events_total", "random_info"] {
                let samples = try await prometheus.query(name)
                #expect(samples.count == 500)
                #expect(samples.compactMap { random.difference(of: name, $0.metric, $0.number) } == [])
            }
        }
    }
}
