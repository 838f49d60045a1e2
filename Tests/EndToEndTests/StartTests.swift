import Glibc
import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct StartTests {
        @Test(.needsRoot) func `without /proc a command works or ends with a reason`() async throws {
            func run(_ arguments: String) async throws -> Invocation {
                let script = "mount -t tmpfs none /proc && exec \(Binary.path) \(arguments)"
                return try await Shell.run(script, in: ["unshare", "-m"])
            }
            let version = try await run("--version")
            #expect(version.ending == .exited(0))
            #expect(version.output.hasPrefix("gil-exporter "))

            let check = try await run("check-config /nonexistent/c.yml")
            #expect(check.ending == .exited(1))
            #expect(check.errors.hasPrefix("gil-exporter: /nonexistent/c.yml: "))

            for command in ["serve --web.listen-address=127.0.0.1:0", "probe", "watch --once"] {
                let refused = try await run(command)
                #expect(refused.ending == .exited(1), "\(command)")
                #expect(refused.errors.hasPrefix("gil-exporter: cannot start without /proc: "), "\(command)")
            }
        }

        @Test func `an argument that is not text is refused`() async throws {
            let invocation = try await Shell.run("exec \(Binary.path) --config.file=\"$(printf '\\377')\"")
            #expect(invocation.ending == .exited(64))
            #expect(invocation.errors == "gil-exporter: argument 1 is not valid UTF-8\n")
        }

        @Test(arguments: [("ulimit -n 20", "RLIMIT_NOFILE"), ("ulimit -v 150000", "RLIMIT_AS")])
        func `a start without enough resources names the missing one and ends`(_ limit: String, _ name: String)
            async throws
        {
            let invocation = try await Shell.run("\(limit); exec \(Binary.path) --web.listen-address=127.0.0.1:0")
            #expect(invocation.ending == .exited(1))
            #expect(invocation.errors.hasPrefix("gil-exporter: cannot start"))
            #expect(invocation.errors.contains(name))
        }

        @Test func `the exporter corrects inherited signals, closed descriptors and a small stack`() async throws {
            let folder = try TemporaryFolder()
            let configuration = try folder.write(Configurations.native, to: "c.yml")
            let log = folder.file("log")
            // An ignored SIGCHLD would fail every probe, and an ignored SIGTERM would prevent the end.
            let script = """
                trap '' CHLD TERM
                ulimit -S -s 128
                exec \(Binary.path) --config.file=\(configuration) --web.listen-address=127.0.0.1:0 \
                    --log.format=logfmt --log.level=debug <&- >&- 2>>\(log)
                """
            let null = try MemoryFile("output")
            let process = try ChildProcess(
                "sh",
                ["-c", script],
                environment: .searchPath,
                descriptors: [null.descriptor, null.descriptor, null.descriptor]
            )
            try await waitUntil {
                let text = (try? ProcFile.read(log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                try #require(!text.contains("level=ERROR") && !text.contains("A probe failed"), "\(text)")
                return text.contains("msg=Measured")
            }
            for descriptor in 0...1 {
                #expect(try SymbolicLink.target(of: "/proc/\(process.id)/fd/\(descriptor)") == "/dev/null")
            }
            process.signal(SIGTERM)
            #expect(await process.ending == .exited(0))
        }
    }
}

/// A shell script that prepares a process and then executes the exporter.
enum Shell {
    static func run(_ script: String, in words: [String] = []) async throws -> Invocation {
        let words = words + ["sh", "-c", script]
        return try await Invocation.run(words[0], Array(words.dropFirst()))
    }
}
