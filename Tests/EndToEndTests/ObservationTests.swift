import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct ObservationTests {
        private static let configuration = """
            probing:
              interval: 24h
            runtimes:
              discover: none
            observation:
              scan_interval: 1s
              groups:
                - name: $1
                  command_line: busy = '(\\w+)'
            """

        /// Two threads that always compete for the lock.
        private static func script(_ name: String) -> String {
            """
            busy = '\(name)'
            import threading
            def spin():
                while True: pass
            threading.Thread(target=spin, daemon=True).start()
            spin()
            """
        }

        /// Returns the first scrape in which the lock has been held for this many seconds; no event announces it.
        private static func scrape(
            _ exporter: RunningExporter,
            untilHeld seconds: Double,
            _ group: [String: String]
        ) async throws -> OpenMetricsDocument {
            try await eventually(within: .seconds(60)) {
                let document = try await exporter.metrics()
                return document.value("gil_process_held_seconds", "_total", group) ?? 0 >= seconds ? document : nil
            }
        }

        @Test(
            .needsPython,
            .timeLimit(.minutes(2))
        )
        func `two busy threads hold the GIL and hand it over`() async throws {
            let python = try ChildProcess(
                "python3",
                ["-c", Self.script("spinners")],
                environment: .searchPath,
                descriptors: [0, 1, 2]
            )
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            let group = ["group": "spinners"]
            let first = try await Self.scrape(exporter, untilHeld: 1, group)
            let began = KernelClock.monotonic()
            let held = try #require(first.value("gil_process_held_seconds", "_total", group))
            let second = try await Self.scrape(exporter, untilHeld: held + 4, group)
            let elapsed = Double(KernelClock.monotonic() - began) / 1e9
            func increase(_ family: String) throws -> Double {
                try #require(second.value(family, "_total", group)) - #require(first.value(family, "_total", group))
            }
            #expect(try increase("gil_process_held_seconds") / elapsed >= 0.9)
            #expect(try increase("gil_process_switches") > 0)
            #expect(try increase("gil_process_samples") > 0)
            #expect(second.value("gil_process_threads", "", group) == 2)
            python.signal(9)
        }

        @Test(.timeLimit(.minutes(2))) func `scans have a heartbeat and cost little`() async throws {
            let began = KernelClock.unixTime()
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            let family = "gil_exporter_observation_last_scan_timestamp_seconds"
            let document = try await eventually {
                let document = try await exporter.metrics()
                return document.value(family, "", [:]) ?? .nan >= began ? document : nil
            }
            #expect(try #require(document.value(family, "", [:])) <= KernelClock.unixTime())
            #expect(try #require(document.value("gil_exporter_observation_scan_duration_seconds", "", [:])) > 0)
            #expect(try #require(document.value("gil_exporter_observation_scan_interval_seconds", "", [:])) >= 1)
            #expect(document.value("gil_exporter_observation_stuck_threads", "", [:]) == 0)
            #expect(try await exporter.request("/-/healthy").status == 200)
        }
    }
}
