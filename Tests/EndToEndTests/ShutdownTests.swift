import Glibc
import Testing

extension EndToEnd {
    @Suite("The end")
    struct ShutdownTests {
        @Test("by a signal in the middle of a probe is orderly and leaves no worker", arguments: [SIGTERM, SIGINT])
        func signalEnds(_ signal: CInt) async throws {
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
            "by SIGKILL in the middle of a probe leaves no process behind",
            .needsPython,
            arguments: [
                Interrupted(runtime: "native", probe: "gil", processes: 1),
                Interrupted(runtime: "native", probe: "multiprocess", processes: 3),
                Interrupted(runtime: "python3", probe: "gil", processes: 1),
                Interrupted(runtime: "python3", probe: "multiprocess", processes: 3),
            ]
        )
        func killLeavesNothing(_ interrupted: Interrupted) async throws {
            let exporter = try await RunningExporter.start(
                configuration: Configurations.endless(interrupted.runtime, interrupted.probe)
            )
            let workers = try await exporter.workers(counting: interrupted.processes)
            #expect(await exporter.end(SIGKILL) == .signaled(SIGKILL))
            for worker in workers { try await worker.ended() }
        }

        @Test("between two rounds is as orderly")
        func endsBetweenRounds() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            try await exporter.roundEnded()
            #expect(await exporter.end() == .exited(0))
        }
    }
}

/// A probe that is cut short, and how many processes it takes.
struct Interrupted: Sendable, CustomTestStringConvertible {
    var runtime: String
    var probe: String
    var processes: Int

    var testDescription: String { "\(runtime) \(probe)" }
}
