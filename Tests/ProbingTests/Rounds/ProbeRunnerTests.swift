import Linux
import Testing

@testable import Probing

/// What becomes of workers that hang, crash, lie or flood.
struct ProbeRunnerTests {
    private let runner = ProbeRunner(launcher: Program.launcher)

    @Test(
        arguments: [
            ("die-by-signal", .crash, "the worker died of signal 11", "before the end"),
            ("exit-status", .crash, "the worker ended with exit status 3", "Traceback:\n  what went wrong"),
            ("silent", .protocol, "the worker wrote nothing", ""),
            ("garbage", .protocol, "what the worker wrote is no report: it is not JSON", ""),
            ("brackets", .protocol, "what the worker wrote is no report: it is not JSON", ""),
            ("flood", .protocol, "the worker wrote more than 1048576 bytes", ""),
        ] as [(String, WorkerFailure.Reason, String, String)]
    )
    func `a worker that misbehaves is a failure with a reason and what it complained about`(
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

    @Test func `a worker that hangs is a failure at the time limit, with what it said until then`() async throws {
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(FakeWorker.runtime("hang", "/dev/null"), timeLimit: .seconds(1))
        }
        #expect(failure.reason == .timeout)
        #expect(failure.detail == "the worker did not end within 1.0 seconds and was killed")
    }

    @Test func `a program that is not there is a worker that cannot be started`() async throws {
        let failure = try await failure(startingWith: "/nonexistent/program")
        #expect(failure.reason == .spawn)
        #expect(
            failure.standardError
                == "gil-exporter worker: execute /nonexistent/program: No such file or directory"
        )
    }

    @Test func `a file that may not be executed is a worker that cannot be started`() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("#!/bin/sh\n", to: "program")
        let failure = try await failure(startingWith: program)
        #expect(failure.reason == .spawn)
        #expect(failure.standardError == "gil-exporter worker: execute \(program): Permission denied")
    }

    @Test func `a report that lies is refused, and what it says is not measured`() async throws {
        let report = String(decoding: try WorkerJSON.encode(Samples.report), as: UTF8.self)
        let runtime = FakeWorker.runtime("lie", report)
        let description = try await runner.describe(runtime, timeLimit: .seconds(120))
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.measure(.single, of: runtime, describedAs: description, settings: ProbingSettings())
        }
        #expect(failure == WorkerFailure(.protocol, "the report cannot be believed: it is about the probe gil"))
    }

    @Test func `a description of another protocol is refused`() async throws {
        let text = """
            {"protocol":2,"implementation":"x","version":"1","free_threaded":false,"path":"/","iterations":0,\
            "supported":[],"unsupported":{}}
            """
        let launch = RuntimeSpecification.Launch.program(command: ["/bin/sh", "-c", "echo '\(text)'"])
        let failure = try await #require(throws: WorkerFailure.self) {
            try await runner.describe(RuntimeSpecification(name: "fake", launch: launch), timeLimit: .seconds(120))
        }
        #expect(failure == WorkerFailure(.protocol, "the description has protocol version 2 and 0 iterations"))
    }

    private func failure(startingWith program: String) async throws -> WorkerFailure {
        let runtime = RuntimeSpecification(name: "absent", launch: .program(command: [program]))
        return try await #require(throws: WorkerFailure.self) {
            try await runner.describe(runtime, timeLimit: .seconds(120))
        }
    }
}
