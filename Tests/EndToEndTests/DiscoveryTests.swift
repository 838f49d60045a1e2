import TestSupport
import Testing

extension EndToEnd {
    struct DiscoveryTests {
        @Test func `a host without Python probes the native runtime and logs why nothing else`() async throws {
            let folder = try TemporaryFolder()
            let exporter = try await RunningExporter.start(environment: ["PATH": folder.path])
            let line = try await exporter.log.entry(with: "No python3 on PATH")
            #expect(line.contains("level=WARN"))
            #expect(line.contains("path=\(folder.path)"))
            try await exporter.roundEnded()
            let runtimes = Set(try await exporter.metrics().supportedSeries.map(\.runtime))
            #expect(runtimes == ["native"])
        }

        @Test func `a missing Python is not reported unless Python was asked for`() async throws {
            let folder = try TemporaryFolder()
            let exporter = try await RunningExporter.start(
                configuration: Configurations.native,
                environment: ["PATH": folder.path]
            )
            try await exporter.roundEnded()
            #expect(!exporter.log.entries.contains { $0.contains("No python3") })
        }
    }
}
