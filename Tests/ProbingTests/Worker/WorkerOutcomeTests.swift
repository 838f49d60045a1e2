import Glibc
import Linux
import Testing

@testable import Probing

struct WorkerOutcomeTests {
    @Test(
        arguments: [
            (.exited(1), .crash, "the worker ended with exit status 1"),
            (.exited(126), .spawn, "the worker's program cannot be executed"),
            (.exited(127), .spawn, "the worker's program cannot be executed"),
            (.signaled(SIGSEGV), .crash, "the worker died of signal 11"),
            (.signaled(SIGKILL), .crash, "the worker was killed (SIGKILL), perhaps because memory ran out"),
            (.signaled(SIGXFSZ), .protocol, "the worker wrote more than 1048576 bytes"),
            (.unknown, .crash, "how the worker ended is unknown: something else has waited for it"),
        ] as [(SpawnedProcess.Ending, WorkerFailure.Reason, String)]
    )
    func `the ending gives the reason`(ending: SpawnedProcess.Ending, reason: WorkerFailure.Reason, detail: String) {
        let errors = Array("why\n".utf8)
        let outcome = WorkerOutcome(ending: ending, timedOut: false, report: [], output: [], errors: errors)
        #expect(outcome.failure(timeLimit: .seconds(1)) == WorkerFailure(reason, detail, standardError: "why"))
    }

    @Test func `after the time limit, the reason is timeout whatever the worker's status`() {
        let outcome = WorkerOutcome(ending: .signaled(SIGKILL), timedOut: true, report: [], output: [], errors: [])
        let failure = outcome.failure(timeLimit: .seconds(10))
        #expect(failure == WorkerFailure(.timeout, "the worker did not end within 10.0 seconds and was killed"))
    }

    @Test func `a worker that exits with 0 has not failed, whatever its standard error`() {
        let errors = Array("hm".utf8)
        let outcome = WorkerOutcome(ending: .exited(0), timedOut: false, report: [], output: [], errors: errors)
        #expect(outcome.failure(timeLimit: .seconds(1)) == nil)
    }

    @Test func `the end of a long standard error is kept, with the cause`() {
        let errors = Array(String(repeating: "x", count: 5000).utf8) + Array("the cause\n\n".utf8)
        let outcome = WorkerOutcome(ending: .exited(1), timedOut: false, report: [], output: [], errors: errors)
        #expect(outcome.standardError.utf8.count == 4094)
        #expect(outcome.standardError.hasSuffix("xthe cause"))
    }

    @Test func `the document is the content of the channel, and standard output only without it`() {
        var outcome = WorkerOutcome(ending: .exited(0), timedOut: false, report: [], output: [1], errors: [])
        #expect(outcome.document == [1])
        outcome.report = [2]
        #expect(outcome.document == [2])
    }

    @Test func `control characters in standard error are escaped`() {
        let errors = Array("\u{1B}[2J\u{202E}first\tline\nsecond\r".utf8)
        let outcome = WorkerOutcome(ending: .exited(1), timedOut: false, report: [], output: [], errors: errors)
        #expect(outcome.standardError == "\\u{1B}[2J\\u{202E}first\tline\nsecond")
    }
}
