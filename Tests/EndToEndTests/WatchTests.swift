import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    struct WatchTests {
        private struct Document: Decodable {
            struct Thread: Decodable {
                var tid: Int32?
                var role: String
            }

            var pid: Int32
            var gil: String
            var held: Double
            var waiting: Int
            var threads: [Thread]

            enum CodingKeys: String, CodingKey {
                case pid, gil, threads
                case held = "held_ratio"
                case waiting = "waiting_threads"
            }
        }

        /// One thread holds the lock in C code for longer than any test takes; three others wait for it.
        private static let keeper = """
            import ctypes, threading, time
            usleep = ctypes.PyDLL(None).usleep
            def want():
                while True: time.sleep(0)
            for _ in range(3): threading.Thread(target=want, daemon=True).start()
            print("keeping", flush=True)
            for _ in range(100): usleep(10_000_000)
            """

        @Test(.needsPython) func `watch reports which thread holds the lock all the time, and how many want it`()
            async throws
        {
            let transcript = Transcript()
            let python = try LogPipe.attached(to: transcript) { descriptor in
                try ChildProcess(
                    "python3",
                    ["-c", Self.keeper],
                    environment: .searchPath,
                    descriptors: [0, descriptor, 2]
                )
            }
            try await transcript.entry(with: "keeping")
            let arguments = ["watch", "--once", "--json", "--threads", "--interval=1", "\(python.id)"]
            var document: Document
            var attempts = 0
            repeat {
                let invocation = try await Invocation.run(Binary.path, arguments)
                #expect(invocation.ending == .exited(0))
                #expect(invocation.errors == "")
                document = try JSONDecoder().decode(Document.self, from: Data(invocation.output.utf8))
                attempts += 1
                // A waiter stops waiting for some microseconds in every switch interval.
            } while document.waiting != 3 && attempts < 5
            #expect(document.pid == python.id)
            #expect(document.gil == "on")
            #expect(document.held >= 0.99 && document.held <= 1)
            #expect(document.waiting == 3)
            #expect(document.threads.contains { $0.role == "holds" && ($0.tid == nil || $0.tid == python.id) })
            #expect(document.threads.contains { $0.role == "waits" && $0.tid != python.id })
            python.signal(9)
        }

        @Test(.needsPython) func `watch prints a row for each process`() async throws {
            let python = try ChildProcess(
                "python3",
                ["-c", "import time; time.sleep(1000)"],
                environment: .searchPath,
                descriptors: [0, 1, 2]
            )
            defer { python.signal(9) }
            // An interpreter that is starting is not recognised yet.
            while true {
                let invocation = try await Invocation.run(Binary.path, ["watch", "--once", "--interval=0.1"])
                let row = invocation.output.split(separator: "\n").first {
                    $0.split(separator: " ").contains("\(python.id)")
                }
                if let row {
                    #expect(row.contains("python3"))
                    break
                }
            }
            python.signal(9)
        }

        private struct Row: Decodable {
            var pid: Int32
            var unobservable: String?
        }

        /// Bundles with their own C library start programs like this.
        private static let loader = "/lib64/ld-linux-x86-64.so.2"

        @Test(
            .needsPython,
            .timeLimit(.minutes(2)),
            .enabled(if: unsafe access(loader, X_OK) == 0, "needs \(loader), the loader of glibc on x86-64")
        )
        func `watch finds a Python that was started through the dynamic loader`() async throws {
            // The python3 on PATH may be a script, which the loader cannot start.
            let question = "import os, sys; print(os.path.realpath(sys.executable), end='')"
            let program = try await Invocation.run("python3", ["-c", question]).output
            let python = try ChildProcess(
                Self.loader,
                [program, "-c", "import time; time.sleep(1000)"],
                environment: .searchPath,
                descriptors: [0, 1, 2]
            )
            defer { python.signal(9) }
            // An interpreter that is starting gives no sample, so watch fails.
            var invocation: Invocation
            repeat {
                invocation = try await Invocation.run(
                    Binary.path,
                    ["watch", "--once", "--json", "--interval=0.1", "\(python.id)"]
                )
            } while invocation.ending != .exited(0)
            let row = try JSONDecoder().decode(Row.self, from: Data(invocation.output.utf8))
            #expect(row.pid == python.id)
            #expect(row.unobservable == nil)
        }

        @Test(.timeLimit(.minutes(2))) func `watch explains why a process cannot be observed, and fails`() async throws
        {
            let folder = try TemporaryFolder()
            // Another program under the name of Python contains no interpreter.
            let program = folder.file("python3")
            let copy = try await Invocation.run("cp", ["/bin/sleep", program])
            #expect(copy.ending == .exited(0))
            let impostor = try ChildProcess(program, ["1000"], environment: .searchPath, descriptors: [0, 1, 2])
            defer { impostor.signal(9) }
            var invocation: Invocation
            repeat {
                invocation = try await Invocation.run(
                    Binary.path,
                    ["watch", "--once", "--json", "--interval=0.1", "\(impostor.id)"]
                )
            } while invocation.output.isEmpty
            #expect(invocation.ending == .exited(1))
            let row = try JSONDecoder().decode(Row.self, from: Data(invocation.output.utf8))
            #expect(row.unobservable == "image")
            // One reader may read both streams.
            #expect(invocation.errors == "")
            let table = try await Invocation.run(Binary.path, ["watch", "--once", "--interval=0.1", "\(impostor.id)"])
            #expect(table.ending == .exited(1))
            #expect(table.errors.contains("process \(impostor.id) cannot be observed"))
        }

        private static let script: ConditionTrait = .enabled(
            if: Binary.installed("script") != nil,
            "needs script(1), which gives its child a terminal"
        )

        @Test(.needsPython, script, arguments: [nil, "TERM", "INT"])
        func `watch gives the terminal back when a key or a signal ends it`(signal: String?) async throws {
            let python = try ChildProcess(
                "python3",
                ["-c", "import time; time.sleep(1000)"],
                environment: .searchPath,
                descriptors: [0, 1, 2]
            )
            defer { python.signal(9) }
            let killer = signal.map { "timeout --foreground -s \($0) 2 " } ?? ""
            let command = "\(killer)\(Binary.path) watch --interval=1h; echo status $?; stty -a"
            // At the end of its input, script(1) sends the key that ends an input.
            let keys = signal == nil ? "printf xq" : "sleep 4"
            let invocation = try await Invocation.run(
                "sh",
                ["-c", "\(keys) | script --quiet --return -c '\(command)' /dev/null"]
            )
            let output = invocation.output
            // timeout(1) reports 124 whatever the program's status.
            #expect(output.contains("status \(signal == nil ? 0 : 124)"), "\(output)")
            #expect(output.contains(#/ echo /#) && output.contains(/[^-]icanon/), "\(output)")
        }

        @Test(.needsPython) func `watch adds up the processes of a service`() async throws {
            struct Service: Decodable {
                var service: String
                var processes: Int
                var time: String
            }
            let pythons = try (0..<2).map { _ in
                try ChildProcess(
                    "python3",
                    ["-c", "import time; time.sleep(1000)", "marked-by-this-test"],
                    environment: .searchPath,
                    descriptors: [0, 1, 2]
                )
            }
            defer { for python in pythons { python.signal(9) } }
            let folder = try TemporaryFolder()
            let rules = try folder.write(
                "observation:\n  groups: [{name: marked, command_line: marked-by}]\n",
                to: "rules.yml"
            )
            // An interpreter that is starting is not recognised yet.
            while true {
                let arguments = [
                    "--once", "--services", "--interval=100ms", "--config.file=\(rules)", "marked-by-this-test",
                ]
                let json = try await Invocation.run(Binary.path, ["watch", "--format=json"] + arguments)
                try #require(!json.errors.contains(rules))
                guard let service = try? JSONDecoder().decode(Service.self, from: Data(json.output.utf8)),
                    service.processes == 2
                else { continue }
                #expect(service.service == "marked")
                #expect(service.time.hasSuffix("Z"))
                let table = try await Invocation.run(Binary.path, ["watch"] + arguments)
                let rows = table.output.split(separator: "\n")
                #expect(rows.first?.contains(/^time +service +processes +saturated +busiest/) == true)
                #expect(rows.last?.contains(#/^[0-9]{4}-[0-9T:.-]+Z  marked +2 /#) == true, "\(table.output)")
                break
            }
        }

        @Test func `watch fails if no process has this number`() async throws {
            // Above the highest number of a process, PID_MAX_LIMIT of linux/threads.h.
            let invocation = try await Invocation.run(Binary.path, ["watch", "--once", "--interval=0.1", "4194305"])
            #expect(invocation.ending == .exited(1))
            #expect(invocation.errors.contains("4194305"))
            #expect(invocation.output == "")
        }
    }
}
