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
              # Scans of a debug build cost so much that the default would let them come once a minute.
              cpu_budget: 50%
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
            let held = try #require(first.value("gil_process_held_seconds", "_total", group))
            let second = try await Self.scrape(exporter, untilHeld: held + 4, group)
            func increase(_ family: String) throws -> Double {
                try #require(second.value(family, "_total", group)) - #require(first.value(family, "_total", group))
            }
            // Not of the time on the clock, in which a virtual machine may have stood still.
            #expect(try increase("gil_process_held_seconds") / increase("gil_process_observed_seconds") >= 0.9)
            #expect(try increase("gil_process_switches") > 0)
            #expect(try increase("gil_process_samples") > 0)
            #expect(second.value("gil_process_threads", "", group) == 2)
            python.signal(9)
        }

        /// Sets its title when the file "title" appears beside it, and executes the other script when "exec" does.
        private static let changing = """
            import ctypes, os, sys
            folder = os.path.dirname(__file__)
            def spin_until(name):
                while not os.path.exists(os.path.join(folder, name)): sum(range(10000))
            spin_until("title")
            # The place of the command line, proc_pid_stat(5): arg_start and arg_end.
            fields = open("/proc/self/stat").read().rpartition(")")[2].split()
            start, end = int(fields[45]), int(fields[46])
            ctypes.memset(start, 0, end - start)
            ctypes.memmove(start, b"shop: busy", 10)
            spin_until("exec")
            os.execv(sys.executable, [sys.executable, os.path.join(folder, "second.py")])
            """

        @Test(.needsPython, .timeLimit(.minutes(2)))
        func `a process changes its group with its title and its program, and its time before stays`() async throws {
            let folder = try TemporaryFolder()
            let script = try folder.write(Self.changing, to: "first.py")
            try folder.write("while True: pass\n", to: "second.py")
            let python = try ChildProcess("python3", ["-u", script], environment: .searchPath, descriptors: [0, 1, 2])
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            _ = try await Self.scrape(exporter, untilHeld: 1, ["group": "first.py"])
            try folder.write("", to: "title")
            let titled = try await Self.scrape(exporter, untilHeld: 0.5, ["group": "shop"])
            try folder.write("", to: "exec")
            let last = try await Self.scrape(exporter, untilHeld: 0.5, ["group": "second.py"])
            for (group, earlier) in [("first.py", titled), ("shop", nil)] {
                let held = try #require(last.value("gil_process_held_seconds", "_total", ["group": group]))
                #expect(held > 0.4)
                if let earlier {
                    #expect(earlier.value("gil_process_held_seconds", "_total", ["group": group]) == held)
                }
            }
            // The folder was there until now.
            #expect(folder.holds("second.py"))
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
