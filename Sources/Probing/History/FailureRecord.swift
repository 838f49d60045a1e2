/// What is kept of a run that gave no measurement.
package struct FailureRecord: Sendable, Equatable {
    /// Characters of standard error that are kept: the end of a traceback, where its cause stands.
    static let standardErrorLimit = 1000

    /// When it failed, in seconds since 1970.
    package var time: Double
    package var runtime: String
    /// Nil where the runtime did not even say what it is.
    package var probe: Probe?
    /// From the start of the run to its failure; nil where there was no run.
    package var seconds: Float?
    package var reason: WorkerFailure.Reason
    package var detail: String
    package var standardError: String

    init(_ failure: WorkerFailure, of runtime: String, probe: Probe?, seconds: Double?, time: Double) {
        self.time = time
        self.runtime = runtime
        self.probe = probe
        self.seconds = seconds.map { Float($0) }
        reason = failure.reason
        detail = failure.detail
        standardError = String(failure.standardError.suffix(Self.standardErrorLimit))
    }
}
