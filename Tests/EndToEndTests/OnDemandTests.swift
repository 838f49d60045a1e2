import TestSupport
import Testing

extension EndToEnd {
    struct OnDemandTests {
        /// Cheap and rare rounds.
        private static let configuration = """
            probing:
              interval: 1h
              jitter: 0%
              cpu_budget: 100%
              probes: [single, gil]
            runtimes:
              discover: none
              list:
                - name: native
                  iterations: 6000000
            """

        @Test func `a probe on demand answers with the metrics of that probe alone`() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.enable-probe"],
                configuration: Self.configuration
            )
            try await exporter.roundEnded()
            let accept = "Accept: application/openmetrics-text;version=1.0.0"
            let response = try await exporter.request("/probe?runtime=native&probe=gil", headers: [accept])
            #expect(response.status == 200)
            let metrics = try OpenMetricsDocument(response.body)
            #expect(metrics.value("gil_probe_success", "", [:]) == 1)
            #expect(metrics.value("gil_probe_runs", "_total", Series("native", "gil").labels) == 1)
            #expect(metrics["promhttp_metric_handler_requests"] == nil)
            // The scheduled metrics are unchanged.
            let own = try await exporter.metrics()
            #expect(own.value("gil_probe_runs", "_total", Series("native", "gil").labels) == 1)
        }

        @Test func `an unknown probe and a spent budget are refused`() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.enable-probe"],
                configuration: Self.configuration.replacing("100%", with: "0.1%")
            )
            try await exporter.roundEnded()
            let runtime = try await exporter.request("/probe?runtime=python9&probe=gil")
            #expect((runtime.status, runtime.text) == (400, "unknown runtime \"python9\": the runtimes are native\n"))
            let probe = try await exporter.request("/probe?runtime=native&probe=all")
            #expect(probe.status == 400)
            #expect(probe.text.contains("single, gil, lockfree, multiprocess, subinterpreter"))
            let misspelt = try await exporter.request("/probe?runtime=nativ&probe=gil")
            #expect(misspelt.text == "unknown runtime \"nativ\": did you mean \"native\"? the runtimes are native\n")
            let unsupported = try await exporter.request("/probe?runtime=native&probe=subinterpreter")
            #expect(unsupported.status == 400)
            #expect(unsupported.text.contains("cannot run subinterpreter: the native runtime has no interpreters"))
            let spent = try await exporter.request("/probe?runtime=native&probe=gil")
            #expect(spent.status == 429)
            #expect(try #require(spent.headers["retry-after"].flatMap { Int($0) }) > 0)
        }

        @Test func `disabled probes leave no series, until a reload enables them`() async throws {
            let folder = try TemporaryFolder()
            let disabled = Self.configuration.replacing("interval: 1h", with: "enabled: false\n  interval: 1h")
            let file = try folder.write(disabled, to: "gil.yml")
            let exporter = try await RunningExporter.start([
                "--web.enable-probe", "--web.enable-lifecycle", "--config.file=\(file)",
            ])
            let ready = try await exporter.notifications.entry(with: "READY=1")
            #expect(ready.contains("STATUS=Probes are disabled."), "\(ready)")
            let refused = try await exporter.request("/probe?runtime=native&probe=gil")
            #expect((refused.status, refused.text.contains("disabled")) == (400, true))
            #expect(try await exporter.request("/").text.contains("They are disabled."))
            #expect(try await exporter.request("/-/healthy").status == 200)
            let metrics = try await exporter.metrics()
            #expect(metrics.value("gil_round_interval_seconds", "", [:]) == nil)
            #expect(metrics.value("gil_rounds", "_total", [:]) == 0)

            try folder.write(Self.configuration, to: "gil.yml")
            let reload = try await exporter.request("/-/reload", method: "POST", headers: ["Content-Length: 0"])
            #expect(reload.status == 200)
            try await exporter.roundEnded()
            #expect(try await exporter.metrics().value("gil_round_interval_seconds", "", [:]) == 3600)
        }

        @Test func `an unsupported probe is refused before the first round has ended`() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.enable-probe"],
                configuration: Self.configuration.replacing("6000000", with: "20000000000")
            )
            let response = try await exporter.request("/probe?runtime=native&probe=subinterpreter")
            #expect(response.status == 400)
            #expect(response.text.contains("cannot run subinterpreter: the native runtime has no interpreters"))
            #expect(try await exporter.metrics().value("gil_rounds", "_total", [:]) == 0)
        }

        @Test func `probes on demand are off by default`() async throws {
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            #expect(try await exporter.request("/probe?runtime=native&probe=gil").status == 404)
        }
    }
}
