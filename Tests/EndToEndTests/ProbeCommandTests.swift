import FoundationEssentials
import TestSupport
import Testing

extension EndToEnd {
    struct ProbeCommandTests {
        private static let native = ["probe", "--runtime", "native", "--iterations", "60000000"]

        @Test func `probe prints a row for each probe, and no progress without a terminal`() async throws {
            let invocation = try await Invocation.run(Binary.path, Self.native)
            #expect(invocation.ending == .exited(0))
            #expect(invocation.errors == "")
            let lines = invocation.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("runtime  probe") == true)
            let rows = lines.filter { $0.hasPrefix("native ") && !$0.contains("disturbed") }
            let probes = rows.compactMap { $0.split(separator: " ").dropFirst().first }
            #expect(probes.starts(with: ["single", "gil", "lockfree", "multiprocess"]))
        }

        @Test func `probe prints JSON`() async throws {
            struct Document: Decodable {
                struct Run: Decodable {
                    var runtime: String
                    var probe: String
                    var duration: Double
                    var speedup: Double

                    enum CodingKeys: String, CodingKey {
                        case runtime, probe
                        case duration = "duration_seconds"
                        case speedup = "speedup_ratio"
                    }
                }
                var runs: [Run]
            }
            let arguments = Self.native + ["--probe", "single", "--probe", "gil", "--format", "json"]
            let invocation = try await Invocation.run(Binary.path, arguments)
            #expect(invocation.ending == .exited(0))
            let document = try JSONDecoder().decode(Document.self, from: Data(invocation.output.utf8))
            #expect(document.runs.map(\.probe).sorted() == ["gil", "single"])
            #expect(document.runs.allSatisfy { $0.runtime == "native" && $0.duration > 0 })
            #expect(document.runs.first { $0.probe == "single" }?.speedup == 1)
        }

        @Test(.needsPrometheus) func `probe prints an exposition that promtool accepts`() async throws {
            let invocation = try await Invocation.run(Binary.path, Self.native + ["--format", "prometheus"])
            #expect(invocation.ending == .exited(0))
            let check = try await Promtool.check(Array(invocation.output.utf8))
            #expect(check.output + check.errors == "")
            #expect(check.ending == .exited(0))
        }

        @Test func `probe prints a valid OpenMetrics exposition`() async throws {
            let invocation = try await Invocation.run(Binary.path, Self.native + ["--format", "openmetrics"])
            #expect(invocation.ending == .exited(0))
            let document = try OpenMetricsDocument(Array(invocation.output.utf8))
            #expect(document.value("gil_probe_runs", "_total", Series("native", "gil").labels) == 1)
        }

        @Test func `probe reports a failed probe by its exit status and prints the others`() async throws {
            let folder = try TemporaryFolder()
            let program = try folder.write("#!/bin/sh\nexit 3\n", to: "broken", mode: 0o755)
            let path = try folder.write(Configurations.programs([program]), to: "gil-exporter.yml")
            let invocation = try await Invocation.run(Binary.path, ["probe", "--config.file=\(path)"])
            #expect(invocation.ending == .exited(1))
            #expect(invocation.errors.contains("gil-exporter: broken single: "))
            #expect(invocation.output.contains("native   lockfree "))
        }

        @Test(.enabled(if: Binary.installed("script") != nil, "needs script(1)"))
        func `probe shows its progress on a terminal`() async throws {
            // Gives its child a terminal, and copies what is written there.
            let words = ([Binary.path] + Self.native).joined(separator: " ")
            let invocation = try await Invocation.run("script", ["--quiet", "--return", "-c", words, "/dev/null"])
            #expect(invocation.ending == .exited(0))
            let output = invocation.output
            #expect(output.contains(/\r\x1B\[K\[1\/[0-9]+\] native single …/))
            #expect(output.contains(/\[([0-9]+)\/\1\] native [a-z]+ …\r\x1B\[K/))
        }

        @Test func `a named probe that the runtime does not support is an error with the reason`() async throws {
            let invocation = try await Invocation.run(
                Binary.path,
                ["probe", "--runtime", "native", "--probe", "subinterpreter"]
            )
            #expect(invocation.ending == .exited(1))
            #expect(invocation.output == "")
            #expect(invocation.errors.hasPrefix("gil-exporter: native: native "))
            #expect(invocation.errors.contains("cannot run subinterpreter: the native runtime has no interpreters; "))
        }

        @Test func `measurements that are too short are a warning`() async throws {
            let invocation = try await Invocation.run(
                Binary.path,
                ["probe", "--runtime", "native", "--probe", "single", "--iterations", "1e3"]
            )
            #expect(invocation.ending == .exited(0))
            #expect(invocation.errors.contains("gil-exporter: warning: these measurements took less than 10 ms"))
            #expect(invocation.errors.contains("native single"))
        }

        @Test func `probe lists the runtimes when asked for an unknown one`() async throws {
            let invocation = try await Invocation.run(Binary.path, ["probe", "--runtime", "cobol"])
            #expect(invocation.ending == .exited(64))
            #expect(invocation.errors.contains("no runtime 'cobol': known are native"))
        }
    }
}
