/// Why a worker process gave no measurement.
package struct WorkerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The value of the `reason` label.
    package enum Reason: String, CaseIterable, Sendable {
        /// It did not end within its time.
        case timeout
        /// It ended by a signal, or with another exit status than 0.
        case crash
        /// What it wrote is not a report that can be believed.
        case `protocol`
        /// It could not be started.
        case spawn
    }

    package var reason: Reason
    /// What happened, in a sentence that can be logged.
    package var detail: String
    /// The end of what it wrote to its standard error.
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
