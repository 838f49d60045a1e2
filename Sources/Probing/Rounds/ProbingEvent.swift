/// What happens while rounds are run, for those who count, log or show it.
package enum ProbingEvent: Sendable {
    /// A runtime has said what it is: at the start, and again when its program was replaced.
    case described(RuntimeSpecification, RuntimeDescription)
    /// A runtime did not say what it is, so none of its probes can be run in this round.
    case undescribed(RuntimeSpecification, WorkerFailure, after: Duration)
    /// A round begins, of these runtimes; what each has said of itself, nil where it did not in this round.
    case planned([(runtime: String, description: RuntimeDescription?)])
    /// A probe begins; so many of so many runs of the round are done.
    case began(runtime: String, probe: Probe, done: Int, of: Int)
    case measured(Measurement)
    case failed(runtime: String, probe: Probe, WorkerFailure)
    /// A round has ended and the next one is planned.
    case finished(Round, next: NextRound)
    /// Other settings have moved the next round while it is waited for.
    case rescheduled(NextRound)
}

package typealias ProbingObserver = @Sendable (ProbingEvent) -> Void
