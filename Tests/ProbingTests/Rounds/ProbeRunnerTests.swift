import Linux
import TestSupport
import Testing

@testable import Probing

private let hostPython = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
    .interpreter("python3").flatMap { runtime in
        if case .python(let command) = runtime.launch { command.first } else { nil }
    }

/// What becomes of workers that hang, crash, lie or flood.
struct ProbeRunnerTests {
    private let runner = ProbeRunner(launcher: Program.launcher)

    @Test(
        arguments: [
            ("die-by-signal", .crash, "the worker died of signal 11", "before the end"),
            ("exit-status", .crash, "the worker ended with exit status 3", "Traceback:\n  what went wrong"),
            ("silent", .protocol, "the worker wrote nothing", ""),
            (
                "garbage", .protocol,
                #"the output is not a valid document: it is not JSON, or has a number that is negative, not whole or too large: "Segmentation fault\n""#,
                ""
            ),
            (
                "brackets", .protocol,
                "the output is not a valid document: it is not JSON, or has a number that is negative, not whole or too large: \"\(String(repeating: "[", count: 120))…\"",
                ""
            ),
            ("flood", .protocol, "the worker wrote more than 1048576 bytes", ""),
        ] as [(String, WorkerFailure.Reason, String, String)]
    )
    func `a worker that misbehaves is a failure with a reason and its standard error`(
        name: String,
        reason: WorkerFailure.Reason,
        detail: String,
        errors: String
    ) async throws {
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(FakeWorker.runtime(name), timeLimit: .seconds(120))
        }
        #expect(failure == WorkerFailure(reason, detail, standardError: errors))
    }

    @Test func `a worker that hangs is a failure at the time limit, with its output until then`() async throws {
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(FakeWorker.runtime("hang", "/dev/null"), timeLimit: .seconds(1))
        }
        #expect(failure.reason == .timeout)
        #expect(failure.detail == "the worker did not end within 1.0 seconds and was killed")
    }

    @Test func `a missing program is a worker that cannot be started`() async throws {
        let failure = try await failure(startingWith: "/nonexistent/program")
        #expect(failure.reason == .spawn)
        #expect(
            failure.standardError
                == "gil-exporter worker: execute /nonexistent/program: No such file or directory"
        )
    }

    @Test func `a file without execute permission is a worker that cannot be started`() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("#!/bin/sh\n", to: "program")
        let failure = try await failure(startingWith: program)
        #expect(failure.reason == .spawn)
        #expect(failure.standardError == "gil-exporter worker: execute \(program): Permission denied")
    }

    @Test func `a false report is refused, and is not a measurement`() async throws {
        let report = String(decoding: try WorkerJSON.encode(Samples.report), as: UTF8.self)
        let runtime = FakeWorker.runtime("lie", report)
        let description = try await runner.describe(runtime, timeLimit: .seconds(120))
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.measure(.single, of: runtime, describedAs: description, settings: ProbingSettings())
        }
        #expect(failure == WorkerFailure(.protocol, "the report cannot be believed: it is about the probe gil"))
    }

    @Test func `a description with another protocol version is refused`() async throws {
        let text = """
            {"protocol":2,"implementation":"x","version":"1","free_threaded":false,"path":"/","iterations":0,\
            "supported":[],"unsupported":{}}
            """
        let launch = RuntimeConfiguration.Launch.program(command: ["/bin/sh", "-c", "echo '\(text)'"])
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(RuntimeConfiguration(name: "fake", launch: launch), timeLimit: .seconds(120))
        }
        #expect(failure == WorkerFailure(.protocol, "the description has protocol version 2 and 0 iterations"))
    }

    private func failure(startingWith program: String) async throws -> WorkerFailure {
        let runtime = RuntimeConfiguration(name: "absent", launch: .program(command: [program]))
        return try await #require(throws: WorkerFailure.self) {
            try await runner.describe(runtime, timeLimit: .seconds(120))
        }
    }

    @Test func `other output of a worker is not read as its document`() async throws {
        let text = String(decoding: try WorkerJSON.encode(Samples.info()), as: UTF8.self)
        let description = try await runner.describe(FakeWorker.runtime("noisy", text), timeLimit: .seconds(120))
        #expect(description == Samples.info())
    }

    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `a worker does not write to a descriptor that a wrapper closed or replaced`() async throws {
        let python = try #require(hostPython)
        let folder = try TemporaryFolder()
        let other = "\(folder.path)/other"
        for redirection in ["3>&-", "3>\(other)"] {
            let wrapper = ["/bin/sh", "-c", #"exec "$0" "$@" "# + redirection, python]
            let runtime = RuntimeConfiguration(name: "wrapped", launch: .python(command: wrapper))
            let description = try await runner.describe(runtime, timeLimit: .seconds(120))
            #expect(description.supports(.single))
        }
        #expect(try ProcFile.read(other).isEmpty)
    }

    @Test func `Python 2 is refused in a sentence, although it does not know the option -I`() async throws {
        let folder = try TemporaryFolder()
        let python = try folder.write(
            """
            #!/bin/sh
            case "$1" in
            --version) echo "Python 2.7.18" >&2 ;;
            *)
                echo "Unknown option: -I" >&2
                exit 2
                ;;
            esac
            """,
            to: "python2",
            mode: 0o700
        )
        let runtime = RuntimeConfiguration(name: "python2", launch: .python(command: [python]))
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(runtime, timeLimit: .seconds(120))
        }
        #expect(failure == WorkerFailure(.crash, "\(python) is Python 2.7.18, which is older than 3.8"))
    }
}
