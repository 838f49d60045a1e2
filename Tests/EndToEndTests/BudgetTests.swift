import TestSupport
import Testing

extension EndToEnd {
    struct BudgetTests {
        @Test func `a CPU budget that is spent delays the next round and is reported everywhere`() async throws {
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

        @Test func `a sufficient CPU budget delays nothing`() async throws {
            // A minute of CPU per round is more than a round takes on any machine.
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
