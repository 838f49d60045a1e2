import ArgumentParser
import Daemon
import Testing
import Web

@testable import Commands
@testable import Probing

struct GILExporterTests {
    @Test func `without arguments the daemon runs with defaults`() throws {
        let serve = try #require(try GILExporter.parseAsRoot([]) as? Serve)
        #expect(serve.options.listenAddresses == [.standard])
        #expect(serve.options.telemetryPath == .standard)
        #expect(serve.configurationOptions.file == nil)
        #expect(serve.logging.level == .info)
        #expect(serve.logging.format == .auto)
    }

    @Test func `flags are named as in the exporter toolkit, and addresses may be repeated`() throws {
        let serve = try #require(
            try GILExporter.parseAsRoot([
                "--web.listen-address", ":9000", "--web.listen-address=unix:/run/it.sock", "--web.telemetry-path=/m",
                "--config.file=/etc/it.yml", "--log.level=debug", "--log.format", "json",
            ]) as? Serve
        )
        #expect(serve.options.listenAddresses == [.tcp(host: nil, port: 9000), .unix(path: "/run/it.sock")])
        #expect(serve.options.telemetryPath.description == "/m")
        #expect(serve.configurationOptions.file == "/etc/it.yml")
        #expect(serve.logging.level == .debug)
        #expect(serve.logging.format == .json)
    }

    @Test func `the classic demonstration is one command`() throws {
        let probe = try #require(
            try GILExporter.parseAsRoot(["probe", "--runtime", "python3", "--iterations", "100000000"]) as? ProbeOnce
        )
        #expect(probe.runtime == ["python3"])
        #expect(probe.iterations == 100_000_000)
        #expect(probe.probe.isEmpty)
        #expect(probe.format == .table)
    }

    @Test func `runtimes and probes may be repeated`() throws {
        let arguments = ["probe", "--runtime=native", "--runtime=a", "--probe=gil", "--probe=single", "--format=json"]
        let probe = try #require(try GILExporter.parseAsRoot(arguments) as? ProbeOnce)
        #expect(probe.runtime == ["native", "a"])
        #expect(probe.probe == [.gil, .single])
        #expect(probe.format == .json)
    }

    @Test func `the words after the dashes belong to the worker`() throws {
        let arguments = ["worker", "--parent", "7", "--", "python3", "-I", "/dev/stdin", "{}"]
        let worker = try #require(try GILExporter.parseAsRoot(arguments) as? Worker)
        #expect(worker.parent == 7)
        #expect(worker.words == ["python3", "-I", "/dev/stdin", "{}"])
    }

    @Test(
        arguments: [
            (["--web.listen-address=9000"], ":9000"),
            (["--web.telemetry-path=metrics"], "write /metrics"),
            (["--log.level=loud"], "'loud' is invalid"),
            (["--log.format=xml"], "'xml' is invalid"),
            (["--no.such.flag"], "Unknown option '--no.such.flag'"),
            (["probe", "--probe=gill"], "'gill' is invalid"),
            (["probe", "--format=yaml"], "'yaml' is invalid"),
            (["probe", "--workers=0"], "--workers takes a number from 1 to 1024"),
            (["probe", "--workers=1025"], "--workers takes a number from 1 to 1024"),
            (["probe", "--workers=two"], "'two' is invalid"),
            (["probe", "--iterations=0"], "--iterations takes a number above 0"),
            (["probe", "--pairs=0"], "--pairs takes a number above 0"),
            (["probe", "--wake-ups=0"], "--wake-ups takes a number from 1 to 40000"),
            (["probe", "--wake-ups=40001"], "--wake-ups takes a number from 1 to 40000"),
            (["check-config"], "There is nothing to check"),
            (["prob"], "Unexpected argument 'prob'"),
        ]
    )
    func `a usage error is explained and has its exit status`(
        arguments: [String],
        lesson: String
    ) throws {
        let error = try #require(throws: (any Error).self) { try GILExporter.parseAsRoot(arguments) }
        #expect(GILExporter.exitCode(for: error).rawValue == 64)
        let message = GILExporter.message(for: error)
        #expect(message.contains(lesson), "\(message)")
    }

    @Test func `a flag prints the version`() throws {
        let request = try #require(throws: (any Error).self) { try GILExporter.parseAsRoot(["--version"]) }
        #expect(GILExporter.exitCode(for: request) == .success)
        #expect(GILExporter.message(for: request) == BuildInfo.description)
    }

    @Test func `the help lists the commands for people, and no others`() {
        let help = GILExporter.helpMessage()
        for command in ["serve (default)", "probe", "check-config"] { #expect(help.contains("  \(command) ")) }
        #expect(!help.contains("worker protocol"))
    }
}
