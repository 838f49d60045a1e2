import FoundationEssentials
import Glibc
import Linux
import TestSupport

/// A real Prometheus that scrapes one target.
final class Prometheus: Sendable {
    static var isInstalled: Bool { Binary.installed("prometheus") != nil }

    private let process: ChildProcess
    private let endpoint: Endpoint
    private let folder: TemporaryFolder

    private init(_ process: ChildProcess, _ endpoint: Endpoint, _ folder: TemporaryFolder) {
        self.process = process
        self.endpoint = endpoint
        self.folder = folder
    }

    /// Starts Prometheus with `port` of 127.0.0.1 as its only target, and returns when it answers.
    ///
    /// - Parameter options: further lines of the scrape configuration.
    static func scraping(port: UInt16, options: String = "") async throws -> Prometheus {
        let folder = try TemporaryFolder()
        let configuration = try folder.write(
            """
            scrape_configs:
              - job_name: gil-exporter
                scrape_interval: 1s
                scrape_timeout: 1s
            \(options)
                static_configs:
                  - targets: ["127.0.0.1:\(port)"]
            """,
            to: "prometheus.yml"
        )
        let arguments = [
            "--config.file=\(configuration)",
            "--storage.tsdb.path=\(folder.file("data"))",
            "--web.listen-address=127.0.0.1:0",
        ]
        let log = Transcript()
        let process = try LogPipe.attached(to: log) { descriptor in
            try ChildProcess(
                "prometheus",
                arguments,
                environment: .searchPath,
                descriptors: [0, descriptor, descriptor]
            )
        }
        let line = try await log.entry(with: "msg=\"Listening on\"", "address=127.0.0.1:")
        try await log.entry(with: "Server is ready to receive web requests")
        guard let port = line.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Transcript.NeverSaid(parts: ["address=127.0.0.1:PORT"], entries: [line])
        }
        return Prometheus(process, .port(port), folder)
    }

    /// The result of the newest scrape of the target.
    struct Target: Decodable, Sendable {
        var health: String
        var lastError: String
    }

    /// The metadata of a family.
    struct Metadata: Decodable, Sendable, Equatable {
        var type: String
        var help: String
        var unit: String
    }

    /// A series and its newest value.
    struct Sample: Decodable, Sendable {
        var metric: [String: String]
        private var value: Pair

        var number: Double? { Double(value.text) }

        /// A time and a value. The value is text, because JSON has no infinity.
        private struct Pair: Decodable, Sendable {
            var text: String

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Double.self)
                text = try container.decode(String.self)
            }
        }
    }

    private struct Answer<Value: Decodable>: Decodable { var data: Value }

    /// Returns the target as soon as it was scraped.
    func scraped() async throws -> Target {
        struct Targets: Decodable, Sendable { var activeTargets: [Target] }
        return try await eventually {
            try await self.get(Targets.self, "targets").activeTargets.first { $0.health != "unknown" }
        }
    }

    /// Returns the series of an expression as soon as there are any.
    func query(_ expression: String) async throws -> [Sample] {
        struct Vector: Decodable, Sendable { var result: [Sample] }
        return try await eventually {
            let samples = try await self.get(Vector.self, "query?query=\(expression)").result
            return samples.isEmpty ? nil : samples
        }
    }

    func metadata() async throws -> [String: [Metadata]] {
        try await get([String: [Metadata]].self, "metadata")
    }

    private func get<Value: Decodable & Sendable>(_: Value.Type, _ path: String) async throws -> Value {
        let response = try await HTTPResponse.of("/api/v1/\(path)", at: endpoint, version: "HTTP/1.0")
        return try JSONDecoder().decode(Answer<Value>.self, from: Data(response.body)).data
    }
}

/// Prometheus's own checker.
enum Promtool {
    static var isInstalled: Bool { Binary.installed("promtool") != nil }

    /// `promtool check metrics`, which reads the text format.
    static func check(_ exposition: [UInt8]) async throws -> Invocation {
        try await Invocation.run("promtool", ["check", "metrics"], input: exposition)
    }
}
