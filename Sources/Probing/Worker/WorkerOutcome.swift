import Glibc
import Linux

/// What a worker process wrote, and how it ended.
struct WorkerOutcome: Sendable {
    var ending: SpawnedProcess.Ending
    var timedOut: Bool
    /// What came over the ``ReportChannel``.
    var report: [UInt8]
    var output: [UInt8]
    var errors: [UInt8]

    /// What is to be read as the worker's document: on standard output from one that does not know the channel, or that
    /// was started by a program that closes descriptors.
    var document: [UInt8] { report.isEmpty ? output : report }

    /// Why there is no report to be read; nil when there should be one.
    func failure(timeLimit: Duration) -> WorkerFailure? {
        if timedOut {
            return failure(.timeout, "the worker did not end within \(timeLimit) and was killed")
        }
        switch ending {
        case .exited(0):
            return nil
        case .exited(WorkerProcess.notFound), .exited(WorkerProcess.cannotExecute):
            return failure(.spawn, "the worker's program cannot be executed")
        case .signaled(SIGXFSZ):
            return failure(.protocol, "the worker wrote more than \(WorkerProcess.outputLimit) bytes")
        case .signaled(SIGKILL):
            return failure(.crash, "the worker was killed (SIGKILL), perhaps because memory ran out")
        case .signaled(let signal):
            return failure(.crash, "the worker died of signal \(signal)")
        case .exited(let code):
            return failure(.crash, "the worker ended with exit status \(code)")
        case .unknown:
            return failure(.crash, "how the worker ended is unknown: something else has waited for it")
        }
    }

    /// The end of what it wrote to its standard error: that is where the cause of a traceback stands.
    var standardError: String {
        let end = String(decoding: errors.suffix(4096), as: UTF8.self)
        let unpadded = end.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
        return WorkerText.lines(String(unpadded.reversed()))
    }

    private func failure(_ reason: WorkerFailure.Reason, _ detail: String) -> WorkerFailure {
        WorkerFailure(reason, detail, standardError: standardError)
    }
}
