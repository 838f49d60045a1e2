import TestSupport
import Testing

extension EndToEnd {
    struct ScrapeTests {
        @Test(.needsPrometheus, .needsPython) func `promtool accepts a scrape in the text format`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.quick)
            try await exporter.roundEnded()
            let response = try await exporter.request("/metrics", headers: ["Accept: text/plain"])
            #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let check = try await Promtool.check(response.body)
            #expect(check.output + check.errors == "")
            #expect(check.ending == .exited(0))
        }

        @Test(.needsPython) func `an OpenMetrics scrape is valid by every rule of the specification`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.quick)
            try await exporter.roundEnded()
            let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
            let response = try await exporter.request("/metrics", headers: [accept])
            #expect(
                response.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
            )
            #expect(response.text.hasSuffix("\n# EOF\n"))
            let document = try OpenMetricsDocument(response.body)
            #expect(document["gil_probe_duration_seconds"]?.type == "histogram")
            #expect(document["gil_probe_cpu_seconds"]?.unit == "seconds")
        }

        @Test func `a scrape is answered while a probe runs`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.endless("native", "gil"))
            try await exporter.log.entry(with: "Probing a runtime")
            let metrics = try await exporter.metrics()
            #expect(metrics.value("gil_probe_runs", "_total", Series("native", "gil").labels) == 0)
            #expect(metrics.value("gil_rounds", "_total", [:]) == 0)
        }

        @Test(
            .needsPrometheus,
            .needsPython,
            arguments: ScrapeFormat.allCases
        )
        func `Prometheus stores the exported series with their types`(_ format: ScrapeFormat) async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.quick)
            try await exporter.roundEnded()
            let proxy = try AcceptRewriter(to: exporter.endpoint, accept: format.accept)
            let prometheus = try await Prometheus.scraping(port: proxy.port)

            let target = try await prometheus.scraped()
            #expect(target.lastError == "")
            #expect(target.health == "up")

            let supported = try await prometheus.query("gil_probe_supported==1")
            let series = supported.map { Series($0.metric["runtime"] ?? "", $0.metric["probe"] ?? "") }
            #expect(Set(series) == (try await exporter.metrics()).supportedSeries)
            for sample in try await prometheus.query("gil_probe_runs_total") {
                #expect(try #require(sample.number) >= 1, "\(sample.metric)")
            }
            for sample in try await prometheus.query("gil_probe_duration_seconds_bucket%7Ble%3D%22%2BInf%22%7D") {
                #expect(try #require(sample.number) >= 1, "\(sample.metric)")
            }
            let workers = try await prometheus.query("gil_probe_workers%7Bprobe%3D%22gil%22%7D")
            #expect(workers.allSatisfy { $0.number == 2 })

            let metadata = try await prometheus.metadata()
            #expect(metadata[format.counterFamily("gil_probe_runs")]?.first?.type == "counter")
            #expect(metadata["gil_probe_duration_seconds"]?.first?.type == "histogram")
            #expect(metadata["gil_probe_supported"]?.first?.type == "gauge")
            #expect(metadata["gil_probe_duration_seconds"]?.first?.unit == format.secondsUnit)
        }
    }
}

/// The two formats, from the view of Prometheus.
enum ScrapeFormat: CaseIterable, Sendable, CustomTestStringConvertible {
    case text, openMetrics

    var accept: String {
        switch self {
        case .text: "text/plain;version=0.0.4"
        case .openMetrics: "application/openmetrics-text;version=1.0.0"
        }
    }

    /// In OpenMetrics, "_total" is a suffix of the sample and not part of the family's name.
    func counterFamily(_ name: String) -> String { self == .text ? "\(name)_total" : name }

    /// The text format has no units.
    var secondsUnit: String { self == .text ? "" : "seconds" }

    var testDescription: String { self == .text ? "text" : "OpenMetrics" }
}
