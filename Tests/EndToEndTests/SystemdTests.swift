import Glibc
import TestSupport
import Testing

extension EndToEnd {
    struct SystemdTests {
        @Test func `the service manager learns of readiness, rounds and the stop`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            let ready = try await exporter.notifications.entry(with: "READY=1")
            #expect(try await exporter.request("/-/ready").status == 200)
            #expect(ready.split(separator: "\n").first == "READY=1")
            let status = try await exporter.roundEnded()
            #expect(
                status.wholeMatch(
                    of: #/STATUS=.*Speedup of native: gil [\d.]+.*, lockfree [\d.]+.*, multiprocess [\d.]+.*\. Next .*/#
                ) != nil,
                "\(status)"
            )
            #expect(await exporter.end() == .exited(0))
            try await exporter.notifications.entry(with: "STOPPING=1")
            let order = exporter.notifications.entries.compactMap { $0.split(separator: "\n").first }
            #expect(order.first == "READY=1")
            #expect(order.last == "STOPPING=1")
        }

        @Test func `the watchdog is fed`() async throws {
            let exporter = try await RunningExporter.start(
                configuration: Configurations.endless("native", "gil"),
                environment: ["WATCHDOG_USEC": "200000"]
            )
            // During a probe that takes longer than the interval of the watchdog.
            _ = try await exporter.workers(counting: 1)
            let before = exporter.notifications.entries.count
            var count = 0
            for await notification in exporter.notifications.follow().dropFirst(before) {
                if notification == "WATCHDOG=1" { count += 1 }
                if count == 3 { break }
            }
            #expect(count == 3)
        }

        @Test func `without a watchdog no watchdog notification is sent`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            try await exporter.roundEnded()
            #expect(!exporter.notifications.entries.contains { $0.contains("WATCHDOG") })
        }

        @Test func `workers do not inherit the service manager's variables`() async throws {
            let folder = try TemporaryFolder()
            let program = try folder.write("#!/bin/sh\nenv >&2\nexit 3\n", to: "worker", mode: 0o755)
            let exporter = try await RunningExporter.start(
                configuration: Configurations.programs([program]),
                environment: ["WATCHDOG_USEC": "60000000", "GREETING": "hello"]
            )
            let line = try await exporter.log.entry(with: "A runtime cannot be probed", "GREETING=hello")
            #expect(!line.contains("NOTIFY_SOCKET"))
            #expect(!line.contains("WATCHDOG_USEC"))
        }

        @Test func `the exporter runs without NOTIFY_SOCKET`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native, isService: false)
            #expect(try await exporter.request("/-/healthy").status == 200)
            #expect(await exporter.end() == .exited(0))
            await exporter.log.completed()
            #expect(!exporter.log.entries.contains { $0.contains("level=WARN") || $0.contains("level=ERROR") })
        }

        @Test(
            .enabled(
                if: Binary.installed("systemd-socket-activate") != nil,
                "needs systemd-socket-activate on PATH (Debian: systemd)"
            )
        )
        func `a socket passed in by the service manager is served`() async throws {
            let folder = try TemporaryFolder()
            let path = folder.file("activated.sock")
            let log = Transcript()
            let configuration = try folder.write(Configurations.native, to: "gil-exporter.yml")
            let process = try LogPipe.attached(to: log) { descriptor in
                try ChildProcess(
                    "systemd-socket-activate",
                    ["--listen=\(path)", Binary.path, "--config.file=\(configuration)"],
                    environment: .searchPath,
                    descriptors: [0, descriptor, descriptor]
                )
            }
            try await log.entry(with: "Listening on \(path)")
            // The first connection starts the exporter, which answers it.
            let response = try await HTTPResponse.of("/-/healthy", at: .path(path))
            #expect(response.status == 200)
            try await log.entry(with: "msg=Listening", "address=unix:\(path)")
            process.signal(SIGTERM)
            #expect(await process.ending == .exited(0))
            // The socket file belongs to the service manager, so the exporter keeps it.
            #expect(folder.holds("activated.sock"))
        }
    }
}
