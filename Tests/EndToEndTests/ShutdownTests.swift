import Glibc
import TestSupport
import Testing

extension EndToEnd {
    struct ShutdownTests {
        @Test(arguments: [SIGTERM, SIGINT])
        func `SIGTERM during a probe ends the exporter and leaves no worker`(_ signal: CInt) async throws {
            let exporter = try await RunningExporter.start(
                configuration: Configurations.endless("native", "multiprocess")
            )
            let workers = try await exporter.workers(counting: 3)
            #expect(await exporter.end(signal) == .exited(0))
            for worker in workers { try await worker.ended() }
            await exporter.log.completed()
            #expect(exporter.log.entries.last?.contains("msg=Stopped") == true)
            try await exporter.notifications.entry(with: "STOPPING=1", "STATUS=Stopping.")
        }

        @Test(
            .needsPython,
            arguments: [
                Interrupted(runtime: "native", probe: "gil", processes: 1),
                Interrupted(runtime: "native", probe: "multiprocess", processes: 3),
                Interrupted(runtime: "python3", probe: "gil", processes: 1),
                Interrupted(runtime: "python3", probe: "multiprocess", processes: 3),
            ]
        )
        func `SIGKILL during a probe leaves no process behind`(_ interrupted: Interrupted) async throws {
            let exporter = try await RunningExporter.start(
                configuration: Configurations.endless(interrupted.runtime, interrupted.probe)
            )
            let workers = try await exporter.workers(counting: interrupted.processes)
            #expect(await exporter.end(SIGKILL) == .signaled(SIGKILL))
            for worker in workers { try await worker.ended() }
        }

        @Test(.timeLimit(.minutes(2))) func `a log that nobody reads does not delay the end`() async throws {
            let folder = try TemporaryFolder()
            // One round writes more than a pipe holds.
            let program = try folder.write(
                "#!/bin/sh\nhead -c 4000 /dev/zero | tr '\\0' e >&2\nexit 3\n",
                to: "noisy",
                mode: 0o755
            )
            let configuration = try folder.write(Configurations.programs([program]), to: "c.yml")
            var ends: [CInt] = [-1, -1]
            try #require(unsafe pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { for end in ends { close(end) } }
            // The pipe is full from the start.
            _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
            let filling = [UInt8](repeating: UInt8(ascii: "x"), count: 4096)
            while unsafe write(ends[1], filling, filling.count) > 0 {}
            _ = fcntl(ends[1], F_SETFL, 0)
            let socket = folder.file("exporter.sock")
            let process = try ChildProcess(
                Binary.path,
                ["--config.file=\(configuration)", "--web.listen-address=unix:\(socket)"],
                environment: .searchPath,
                descriptors: [0, ends[1], ends[1]]
            )
            // The file exists before the socket listens.
            try await waitUntil { (try? await HTTPResponse.of("/-/healthy", at: .path(socket)).status) == 200 }
            // A round has failed, and each of its messages was dropped.
            try await waitUntil {
                let page = try await HTTPResponse.of("/metrics", at: .path(socket)).text
                return page.contains("gil_exporter_log_messages_total{level=\"warn\"} 1\n")
            }
            #expect(try await HTTPResponse.of("/-/healthy", at: .path(socket)).status == 200)
            process.signal(SIGTERM)
            #expect(await process.ending == .exited(0))
        }

        @Test func `SIGTERM between two rounds ends the exporter`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            try await exporter.roundEnded()
            #expect(await exporter.end() == .exited(0))
        }
    }
}

/// A probe that is interrupted, and the number of its processes.
struct Interrupted: Sendable, CustomTestStringConvertible {
    var runtime: String
    var probe: String
    var processes: Int

    var testDescription: String { "\(runtime) \(probe)" }
}
