import TestSupport
import Testing

extension EndToEnd {
    @Suite("The CPU budget")
    struct BudgetTests {
        @Test("delays the next round rather than be exceeded, and says so everywhere")
        func stretches() async throws {
            let exporter = try await RunningExporter.start(
                configuration: """
                    probing:
                      interval: 1s
                      cpu_budget: 0.1%
                    runtimes:
                      discover: none
                      list: [{name: native, iterations: 20000000}]
                    """
            )
            let status = try await exporter.roundEnded()
            #expect(status.contains("(delayed to keep the CPU budget)"))
            try await exporter.log.entry(with: "level=WARN", "Rounds are delayed to keep the CPU budget")
            let metrics = try await exporter.metrics()
            #expect(metrics.value("gil_rounds_stretched", "_total", [:]) == 1)
            let cpu = try #require(metrics.value("gil_exporter_probe_cpu_seconds", "_total", [:]))
            let interval = try #require(metrics.value("gil_round_interval_seconds", "", [:]))
            #expect(cpu > 0)
            #expect(interval >= cpu / 0.001 * 0.999)
        }

        @Test("that suffices delays nothing")
        func suffices() async throws {
            // A minute of CPU a round: more than a round takes on however busy a machine.
            let exporter = try await RunningExporter.start(
                configuration: """
                    probing:
                      interval: 60s
                      cpu_budget: 100%
                    runtimes:
                      discover: none
                      list: [{name: native, iterations: 20000000}]
                    """
            )
            let status = try await exporter.roundEnded()
            #expect(!status.contains("budget"))
            #expect(try await exporter.metrics().value("gil_rounds_stretched", "_total", [:]) == 0)
        }
    }
}
