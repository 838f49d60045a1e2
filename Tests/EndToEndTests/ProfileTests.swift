import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct ProfileTests {
        /// A function holds the lock in C code while three threads wait.
        private static let keeper = """
            import ctypes, threading, time
            usleep = ctypes.PyDLL(None).usleep
            def want():
                while True: time.sleep(0)
            def keep():
                for _ in range(2000): usleep(50_000)
            for _ in range(3): threading.Thread(target=want, daemon=True).start()
            print("keeping", flush=True)
            keep()
            """

        private static func start() async throws -> ChildProcess {
            let transcript = Transcript()
            let python = try LogPipe.attached(to: transcript) { descriptor in
                try ChildProcess(
                    "python3",
                    ["-c", keeper],
                    environment: .searchPath,
                    descriptors: [0, descriptor, 2]
                )
            }
            try await transcript.entry(with: "keeping")
            return python
        }

        @Test(.needsPython) func `profile names the function that makes others wait, in every format`() async throws {
            let python = try await Self.start()
            let table = try await Invocation.run(Binary.path, ["profile", "--duration=2s", "\(python.id)"])
            #expect(table.ending == .exited(0))
            #expect(table.errors == "")
            let lines = table.output.split(separator: "\n")
            #expect(lines.first?.hasSuffix("defined at") == true)
            #expect(lines.dropFirst().first?.contains("  keep ") == true, "\(table.output)")
            #expect(table.output.replacing("\n", with: " ").contains("keep caused "))
            let folded = try await Invocation.run(
                Binary.path,
                ["profile", "--duration=1s", "--format=folded", "--cost=held", "\(python.id)"]
            )
            #expect(folded.output.contains("<module> (<string>:1);keep (<string>:5) "), "\(folded.output)")
            let graph = try await Invocation.run(
                Binary.path,
                ["profile", "--duration=1s", "--format=flamegraph", "\(python.id)"]
            )
            #expect(graph.output.contains("keep (&lt;string&gt;:5): wait caused"))
            let waiters = try await Invocation.run(
                Binary.path,
                ["profile", "--duration=4s", "--cost=suffered", "\(python.id)"]
            )
            #expect(waiters.ending == .exited(0))
            #expect(waiters.output.contains("waited  share"), "\(waiters.output)")
            // The names of waiting threads are known from Python 3.11 on.
            #expect(waiters.output.contains("  want ") || waiters.output.contains("<unknown>"), "\(waiters.output)")
            let missing = try await Invocation.run(Binary.path, ["profile", "--duration=1s", "nobody-has-this-name"])
            #expect(missing.ending == .exited(1))
            #expect(missing.errors.contains("no Python process or service is named 'nobody-has-this-name'"))
            let unwritable = try await Invocation.run(
                Binary.path,
                ["profile", "--duration=1s", "--output=/nonexistent/profile", "\(python.id)"]
            )
            #expect(unwritable.ending == .exited(1))
            #expect(unwritable.errors.contains("/nonexistent/profile: No such file or directory"))
        }

        @Test(.needsPython) func `the exporter serves the profile of each group, if that is enabled`() async throws {
            let python = try await Self.start()
            let configuration = """
                probing:
                  interval: 24h
                runtimes:
                  discover: none
                observation:
                  scan_interval: 1s
                  cpu_budget: 50%
                  profile: {top: 1}
                  groups:
                    - name: the keeper
                      command_line: def keep
                """
            let exporter = try await RunningExporter.start(["--web.enable-profile"], configuration: configuration)
            let graph = try await eventually(within: .seconds(60)) {
                let response = try await exporter.request("/flamegraph/the%20keeper")
                return response.text.contains("keep (&lt;string&gt;:5): wait caused") ? response : nil
            }
            #expect(graph.status == 200)
            let all = try await exporter.request("/debug/pprof/mutex")
            #expect(all.headers["content-type"] == "application/octet-stream")
            let whole = String(decoding: all.body, as: Unicode.ASCII.self)
            for text in ["contentions", "delay", "nanoseconds", "the keeper", "keep", "<module>"] {
                #expect(whole.contains(text), "\(text)")
            }
            let some = try await exporter.request("/debug/pprof/gil/the%20keeper?seconds=1")
            #expect(some.status == 200)
            #expect(!String(decoding: some.body, as: Unicode.ASCII.self).contains("the keeper"))
            // Only some of the samples look for waiters.
            for path in ["/debug/pprof/block", "/debug/pprof/block/the%20keeper"] {
                let block = try await eventually(within: .seconds(60)) {
                    let response = try await exporter.request(path)
                    let text = String(decoding: response.body, as: Unicode.ASCII.self)
                    return text.contains("want") || text.contains("<unknown>") ? text : nil
                }
                #expect(block.contains("delay") && block.contains("the keeper") == !path.contains("keeper"))
            }
            let other = try await exporter.request("/debug/pprof/gil/keeper")
            #expect((other.status, other.text.contains("no lock of a group")) == (404, true))
            let labels = ["group": "the keeper", "function": "keep", "file": "<string>"]
            let waits = try await exporter.metrics().value("gil_process_function_wait_seconds", "_total", labels)
            #expect(try #require(waits) > 0)
            let page = try await exporter.request("/")
            #expect(page.text.contains("<a href=\"/flamegraph/the%20keeper\">Flame graph</a>"))
            _ = python.id
        }

        @Test func `profiles are off by default`() async throws {
            let exporter = try await RunningExporter.start(configuration: "probing: {interval: 24h}")
            #expect(try await exporter.request("/debug/pprof/mutex").status == 404)
            #expect(try await exporter.request("/flamegraph/shop").status == 404)
        }
    }
}
