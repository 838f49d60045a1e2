import TestSupport
import Testing

extension EndToEnd {
    struct CommandLineTests {
        @Test func `--version prints name and version`() async throws {
            let invocation = try await Invocation.run(Binary.path, ["--version"])
            #expect(invocation.ending == .exited(0))
            #expect(invocation.output.hasPrefix("gil-exporter 0."))
        }

        @Test(arguments: [
            ["--nonsense"], ["serve", "--log.level=loud"], ["--web.listen-address=10061"],
            ["probe", "--workers=0"],
            ["--web.telemetry-path=metrics"], ["probe", "--format=xml"], ["check-config"], ["chek-config"],
        ])
        func `unknown arguments exit with the status of a usage error`(_ arguments: [String]) async throws {
            let invocation = try await Invocation.run(Binary.path, arguments)
            // EX_USAGE of sysexits.h
            #expect(invocation.ending == .exited(64))
            #expect(invocation.output == "")
            #expect(invocation.errors.hasPrefix("gil-exporter: "))
        }

        @Test func `an address in use is reported in one line`() async throws {
            let first = try await RunningExporter.start(configuration: Configurations.native)
            guard case .port(let port) = first.endpoint else { return #expect(Bool(false), "not on a port") }
            let second = try await Invocation.run(Binary.path, ["--web.listen-address=127.0.0.1:\(port)"])
            #expect(second.ending == .exited(1))
            #expect(second.output == "")
            let complaints = second.errors.split(separator: "\n").filter { !$0.contains("level=INFO") }
            #expect(complaints.count == 1)
            #expect(complaints.first?.contains("127.0.0.1:\(port): address already in use") == true)
        }

        @Test func `configuration errors are reported with line and column`() async throws {
            let folder = try TemporaryFolder()
            let path = try folder.write("probing:\n  intervall: 60s\n  workers: many\n", to: "bad.yml")

            let daemon = try await Invocation.run(Binary.path, ["--config.file=\(path)"])
            #expect(daemon.ending == .exited(1))
            #expect(daemon.errors.contains("\(path):2:3: "))
            #expect(daemon.errors.contains("\(path):3:12: "))

            let check = try await Invocation.run(Binary.path, ["check-config", path])
            #expect(check.ending == .exited(1))
            #expect(check.output == "")
            let lines = check.errors.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("gil-exporter: \(path):2:3: ") == true)
        }

        @Test func `an interpreter that is not there is a warning, because it may be installed later`() async throws {
            let folder = try TemporaryFolder()
            let path = try folder.write(
                """
                runtimes:
                  list:
                    - {name: native}
                    - {name: here, program: \(Binary.path)}
                    - {name: python3.99, python: /opt/python3.99/bin/python3}
                    - {name: cobol, program: [cobol-worker, --fast]}

                """,
                to: "missing.yml"
            )
            let check = try await Invocation.run(Binary.path, ["check-config", path])
            #expect(check.ending == .exited(0))
            #expect(check.output == "\(path): OK\n")
            #expect(
                check.errors == """
                    gil-exporter: warning: \(path): the runtime python3.99 cannot be probed, because \
                    /opt/python3.99/bin/python3 is not an executable file: install it, or correct runtimes.list
                    gil-exporter: warning: \(path): the runtime cobol cannot be probed, because cobol-worker is not on \
                    PATH: install it, or correct runtimes.list

                    """
            )
        }

        @Test func `a valid or missing configuration is reported as such`() async throws {
            let folder = try TemporaryFolder()
            let path = try folder.write(Configurations.quick, to: "good.yml")
            let good = try await Invocation.run(Binary.path, ["check-config", path])
            #expect(good.ending == .exited(0))
            #expect((good.output, good.errors) == ("\(path): OK\n", ""))

            let missing = try await Invocation.run(Binary.path, ["check-config", folder.file("none.yml")])
            #expect(missing.ending == .exited(1))
            #expect(missing.errors.contains(folder.file("none.yml")))
            #expect(missing.errors.contains("No such file or directory"))
        }
    }
}
