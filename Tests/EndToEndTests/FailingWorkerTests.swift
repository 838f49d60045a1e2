import TestSupport
import Testing

extension EndToEnd {
    struct FailingWorkerTests {
        /// Answers `describe` by the protocol, and then runs shell code instead of a probe.
        private static func worker(_ name: String, run: String) -> String {
            """
            #!/bin/sh
            case "$1" in
            *describe*)
              echo '{"protocol":1,"implementation":"\(name)","version":"1","free_threaded":false,"path":"/",
                "iterations":1024,"supported":["single"],"unsupported":{}}' ;;
            *)
              echo "this is \(name)" >&2
              \(run) ;;
            esac
            """
        }

        @Test func `failures are counted by reason and logged, and other runtimes are still probed`() async throws {
            let folder = try TemporaryFolder()
            let workers = [
                ("hangs", "timeout", "exec sleep 1000"),
                ("ignores-sigterm", "timeout", "trap '' TERM; while :; do sleep 1; done"),
                ("dies", "crash", "kill -SEGV $$"),
                ("gives-up", "crash", "exit 3"),
                ("babbles", "protocol", "echo garbage"),
                ("is-silent", "protocol", ":"),
                ("floods", "protocol", "exec yes"),
                ("lies", "protocol", "echo '\(Self.lie)'"),
            ]
            let programs = try workers.map { name, _, run in
                try folder.write(Self.worker(name, run: run), to: name, mode: 0o755)
            }
            let exporter = try await RunningExporter.start(
                configuration: Configurations.programs(
                    programs + [folder.file("is-missing")],
                    probing: "  time_limit: 3s"
                )
            )
            try await exporter.roundEnded()
            let metrics = try await exporter.metrics()
            for (name, reason, _) in workers {
                #expect(metrics.failures(of: name, reason: reason) == 1, "\(name)")
                try await exporter.log.entry(with: "A probe failed", "runtime=\(name)", "stderr=", "this is \(name)")
            }
            try await exporter.log.entry(with: "A runtime cannot be probed", "runtime=is-missing", "reason=spawn")
            #expect(metrics.failures(of: "is-missing", reason: "spawn") > 0)
            for probe in ["single", "gil", "lockfree", "multiprocess"] {
                #expect(metrics.value("gil_probe_runs", "_total", Series("native", probe).labels) == 1)
            }
            // The next round runs as usual.
            var rounds = 0
            for await notification in exporter.notifications.follow() where notification.contains("Speedup of") {
                rounds += 1
                if rounds == 2 { break }
            }
            #expect(try await exporter.metrics().value("gil_rounds", "_total", [:]) == 2)
        }

        /// A well-formed but impossible report: half of the iterations, in no time.
        private static let lie = """
            {"protocol":1,"probe":"single","setup_ns":1,"duration_ns":1,"workers":[\
            {"iterations":512,"wall_ns":1,"user_ns":1,"system_ns":0,"run_queue_ns":0,"lock_wait_ns":0}]}
            """

        @Test func `a worker that exceeds its time limit ends with all its child processes`() async throws {
            let folder = try TemporaryFolder()
            let program = try folder.write(
                Self.worker("forks", run: "(trap '' TERM; sleep 1000) & sleep 1000 & wait"),
                to: "forks",
                mode: 0o755
            )
            let exporter = try await RunningExporter.start(
                configuration: Configurations.programs([program], probing: "  time_limit: 5s")
            )
            let workers = try await exporter.workers(counting: 3)
            for worker in workers { try await worker.ended() }
            try await exporter.log.entry(with: "A probe failed", "runtime=forks", "reason=timeout")
        }
    }
}
