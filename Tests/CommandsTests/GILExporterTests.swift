import ArgumentParser
import Testing
import Web

@testable import Commands
@testable import Daemon
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
            try GILExporter.parseAsRoot(["probe", "--runtime", "python3", "--iterations", "1e8", "--workers", "1_0"])
                as? ProbeOnce
        )
        #expect(probe.runtime == ["python3"])
        #expect(probe.iterations == 100_000_000)
        #expect(probe.workers == 10)
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
            (["probe", "--workers=two"], "write a whole number, such as 100000000, 100_000_000 or 1e8"),
            (["probe", "--iterations=0"], "--iterations takes a number above 0"),
            (["probe", "--pairs=0"], "--pairs takes a number above 0"),
            (["probe", "--wake-ups=0"], "--wake-ups takes a number from 1 to 40000"),
            (["probe", "--wake-ups=40001"], "--wake-ups takes a number from 1 to 40000"),
            (["watch", "--interval=soon"], "write a duration, such as 500ms, 2s or 1m30s"),
            (["watch", "--interval=99ms"], "--interval takes a duration from 100ms to 1h"),
            (["watch", "--rate=0"], "--rate takes 1 to 10000 samples per second"),
            (["watch", "--threads", "--services"], "--threads and --services exclude each other"),
            (["check-config"], "There is nothing to check"),
            (["setup"], "Missing expected argument '<permission>'"),
            (["setup", "obsrve"], "'obsrve' is invalid"),
            (["setup", "observe", "--unit=gil-exporter"], "'gil-exporter' is not the name of a service"),
            (["setup", "observe", "--unit=../x.service"], "'../x.service' is not the name of a service"),
            (["--web.max-requests=many"], "write a whole number, such as 100000000, 100_000_000 or 1e8"),
            (
                ["chek-config"],
                "unknown command 'chek-config': did you mean 'check-config'? the commands are serve, probe, watch, "
                    + "profile, check-config, setup, reload"
            ),
            (["dance", "--fast"], "unknown command 'dance': the commands are serve, "),
            (["serve", "prob"], "Unexpected argument 'prob'"),
        ]
    )
    func `a usage error is explained and has its exit status`(
        arguments: [String],
        lesson: String
    ) throws {
        let error = try #require(throws: (any Error).self) { try GILExporter.command(from: arguments) }
        #expect(GILExporter.exitCode(for: error).rawValue == 64)
        let message = GILExporter.message(for: error)
        #expect(message.contains(lesson), "\(message)")
        #expect(GILExporter.fullMessage(for: error).hasPrefix("gil-exporter: "))
    }

    @Test(arguments: GILExporter.configuration.subcommands.compactMap { $0.configuration.commandName })
    func `every command is found by its name`(name: String) throws {
        let outcome = Result { try GILExporter.command(from: [name]) }
        if case .failure(let error) = outcome {
            #expect(!GILExporter.message(for: error).contains("unknown command"))
        }
    }

    @Test(arguments: [
        ("warning", "warn"), ("WARN", "warn"), ("DEBUG", "debug"), ("Info", "info"), ("error", "error"),
    ])
    func `a log level may be written as other programs do`(written: String, level: String) throws {
        let serve = try #require(try GILExporter.parseAsRoot(["--log.level", written]) as? Serve)
        #expect(serve.logging.level.rawValue == level)
    }

    @Test func `a number may be written with an exponent or with underscores`() throws {
        let serve = try #require(try GILExporter.parseAsRoot(["--web.max-requests=1_000"]) as? Serve)
        #expect(serve.options.routes.scrapes.maxRequests == 1000)
    }

    @Test(arguments: GILExporter.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { HelpOf($0) })
    func `the help of a command has examples, and a default for each option with a value`(of command: HelpOf) throws {
        #expect(command.text.contains("Examples:\n  gil-exporter \(command.name)"))
        let options = try #require(command.text.split(separator: "OPTIONS:\n").last)
        // An option begins after two spaces, its continued description after many.
        for option in options.split(separator: "\n  -").map({ $0.split(whereSeparator: \.isWhitespace) }) {
            let text = option.joined(separator: " ")
            guard option.dropFirst().first?.hasPrefix("<") == true else { continue }
            #expect(text.contains("default: ") || text.contains("Repeatable."), "\(text)")
        }
    }

    struct HelpOf: CustomTestStringConvertible {
        let name: String
        let text: String

        init(_ command: any ParsableCommand.Type) {
            name = command.configuration.commandName ?? ""
            text = GILExporter.helpMessage(for: command, columns: 120)
        }

        var testDescription: String { name }
    }

    @Test(arguments: [("500ms", 0.5), ("1m30s", 90), ("2", 2), ("0.25", 0.25)])
    func `an interval is a duration as in the configuration, or seconds`(written: String, seconds: Double) throws {
        let watch = try #require(try GILExporter.parseAsRoot(["watch", "--interval", written]) as? Watch)
        #expect(watch.interval == .seconds(seconds))
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
