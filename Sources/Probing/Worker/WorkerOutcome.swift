import Glibc
import Linux

/// The output of a worker process, and how it ended.
struct WorkerOutcome: Sendable {
    var ending: SpawnedProcess.Ending
    var timedOut: Bool
    /// The content of the ``ReportChannel``.
    var report: [UInt8]
    var output: [UInt8]
    var errors: [UInt8]

    /// The worker's document. It is on standard output if the worker does not know the channel, or if a program between
    /// closed the descriptor.
    var document: [UInt8] { report.isEmpty ? output : report }

    /// Why there is no report; nil when there should be one.
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

    /// The end of its standard error, where the cause of a traceback is.
    var standardError: String {
        let end = String(decoding: errors.suffix(4096), as: UTF8.self)
        let unpadded = end.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
        return WorkerText.lines(String(unpadded.reversed()))
    }

    private func failure(_ reason: WorkerFailure.Reason, _ detail: String) -> WorkerFailure {
        WorkerFailure(reason, detail, standardError: standardError)
    }
}

/// Why a worker process produced no measurement.
package struct WorkerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The value of the `reason` label.
    package enum Reason: String, CaseIterable, Sendable {
        /// It did not end within the time limit.
        case timeout
        /// A signal or an exit status other than 0 ended it.
        case crash
        /// Its output is not a credible report.
        case `protocol`
        /// It could not be started.
        case spawn
    }

    package var reason: Reason
    /// The event in words, for the log.
    package var detail: String
    /// The end of its standard error.
    package var standardError: String

    package init(_ reason: Reason, _ detail: String, standardError: String = "") {
        self.reason = reason
        self.detail = detail
        self.standardError = standardError
    }

    package var description: String {
        standardError.isEmpty ? detail : "\(detail); it wrote: \(standardError)"
    }
}
