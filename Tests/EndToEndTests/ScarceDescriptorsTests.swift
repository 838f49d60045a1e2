import Glibc
import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct ScarceDescriptorsTests {
        @Test func `with few descriptors silent connections are closed and scrapes answered`() async throws {
            let exporter = try await RunningExporter.start(
                configuration: Configurations.native,
                under: ["sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\""]
            )
            try await exporter.log.entry(with: "allows fewer connections", "open_files=256", "connections=128")
            let silent = try (0..<300).map { _ in try HeldConnection(exporter.endpoint) }
            for _ in 1...5 { #expect(try await exporter.request("/metrics").status == 200) }
            withExtendedLifetime(silent) {}
            #expect(!exporter.log.entries.contains { $0.contains("Cannot accept") })
        }

        @Test(.needs("prlimit")) func `a failed accept is retried after a pause and makes room`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            let silent = try (0..<8).map { _ in try HeldConnection(exporter.endpoint) }
            #expect(try await exporter.request("/metrics").status == 200)
            // Fewer than it has open: every accept fails until the silent connections are closed.
            try await Self.limit(exporter, "16")
            let blocked = Task { try await exporter.request("/metrics").status }
            try await exporter.log.entry(with: "Cannot accept a connection")
            let ticks = try Self.ticks(exporter)
            // The absence of an event cannot be awaited, so this waits for a second without an accept.
            try await Task.sleep(for: .seconds(1))
            #expect(try Self.ticks(exporter) - ticks < 50, "half a second of CPU; a loop would take all of it")
            try await Self.limit(exporter, "1024")
            #expect(try await blocked.value == 200)
            withExtendedLifetime(silent) {}
            #expect(exporter.log.entries.count { $0.contains("Cannot accept") } < 30)
        }

        @Test func `the exporter raises a soft descriptor limit, and its workers get the original one`() async throws {
            let folder = try TemporaryFolder()
            let worker = try folder.write(
                "#!/bin/sh\nulimit -Sn > \(folder.file("seen.part")); mv \(folder.file("seen.part")) "
                    + "\(folder.file("seen"))\nexit 1\n",
                to: "worker",
                mode: 0o755
            )
            let exporter = try await RunningExporter.start(
                configuration: Configurations.programs([worker]),
                under: ["sh", "-c", "ulimit -Sn 200; exec \"$0\" \"$@\""]
            )
            try await exporter.log.entry(with: "runtime=worker")
            let allowed = try #require(try await exporter.metrics().value("process_max_fds", "", [:]))
            #expect(allowed > 200)
            let seen = try RegularFile.read(folder.file("seen"), atMost: 1 << 16)
            #expect(String(decoding: seen, as: UTF8.self) == "\(Int(min(allowed, 8192)))\n")
        }

        private static func limit(_ exporter: RunningExporter, _ soft: String) async throws {
            let invocation = try await Invocation.run("prlimit", ["--pid=\(exporter.process.id)", "--nofile=\(soft):"])
            #expect(invocation.ending == .exited(0), "\(invocation.errors)")
        }

        /// CPU time in hundredths of a second: proc_pid_stat(5).
        private static func ticks(_ exporter: RunningExporter) throws -> Int {
            let text = String(decoding: try ProcFile.read("/proc/\(exporter.process.id)/stat"), as: UTF8.self)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +)
        }
    }
}

/// A connection that stays open and sends nothing.
private final class HeldConnection {
    private let stream: StreamSocket

    init(_ endpoint: Endpoint) throws { stream = try endpoint.connect() }
}
