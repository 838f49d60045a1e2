import TestSupport
import Testing

extension EndToEnd {
    @Suite("A host without Python")
    struct DiscoveryTests {
        @Test("has its native runtime probed, and a line in the log that says why nothing else is")
        func withoutPython() async throws {
            let folder = try TemporaryFolder()
            let exporter = try await RunningExporter.start(environment: ["PATH": folder.path])
            let line = try await exporter.log.entry(with: "No python3 on PATH")
            #expect(line.contains("level=WARN"))
            #expect(line.contains("path=\(folder.path)"))
            try await exporter.roundEnded()
            let runtimes = Set(try await exporter.metrics().supportedSeries.map(\.runtime))
            #expect(runtimes == ["native"])
        }

        @Test("is not complained about where nobody asked for Python")
        func nobodyAsked() async throws {
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
