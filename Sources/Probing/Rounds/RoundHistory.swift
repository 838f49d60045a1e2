import Linux

/// The last rounds, the last failures, and the run in progress, for people.
///
/// Rounds and failures are bounded separately, so a burst of failures pushes out no measurements, nor the reverse.
package final class RoundHistory: Sendable {
    /// An hour at the default interval.
    package static let maxRounds = 60
    package static let maxFailures = 20
    /// Characters of standard error that a failure keeps: the end of a traceback, which has its cause.
    static let maxStandardError = 1000

    /// The probe that is running, and the progress of its round.
    package struct Running: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var done: Int
        package var total: Int
        /// On the monotonic clock.
        var began: UInt64
    }

    /// A runtime of the newest round.
    package struct Runtime: Sendable, Equatable {
        package var name: String
        /// Its last answer; nil where it did not answer when it was asked last.
        package var info: RuntimeInfo?
    }

    /// A run, or the question to a runtime, that failed.
    package struct Failure: Sendable, Equatable {
        /// The moment of the failure, in seconds since 1970.
        package var time: Double
        package var runtime: String
        /// Nil where the runtime did not describe itself.
        package var probe: Probe?
        /// From the start of the run to its failure; nil where nothing ran.
        package var seconds: Double?
        package var failure: WorkerFailure
    }

    package struct Contents: Sendable {
        /// Oldest first. Their measurements have no ledgers of single workers, their failures no standard error.
        package fileprivate(set) var rounds: [Round] = []
        /// Oldest first.
        package fileprivate(set) var failures: [Failure] = []
        /// Nil between rounds.
        package fileprivate(set) var running: Running?
        /// Whether the next round is delayed to keep the CPU budget.
        package fileprivate(set) var isStretched = false
        /// The runtimes of the newest round, in the order in which they were first asked.
        package fileprivate(set) var runtimes: [Runtime] = []
        /// Whether the settings disable all probes.
        package fileprivate(set) var isDisabled = false
    }

    private let state = Protected(Contents())

    package init() {}

    package var contents: Contents { state.withLock { $0 } }

    package func record(_ event: ProbingEvent) {
        let (now, time) = (KernelClock.monotonic(), KernelClock.unixTime())
        state.withLock { $0.record(event, now: now, time: time) }
    }
}

extension RoundHistory.Contents {
    mutating func record(_ event: ProbingEvent, now: UInt64, time: Double) {
        switch event {
        case .started:
            isDisabled = false
        case .described(let runtime, let info):
            update(RoundHistory.Runtime(name: runtime.name, info: info))
        case .undescribed(let runtime, let failure, let duration):
            update(RoundHistory.Runtime(name: runtime.name))
            add(failure, of: runtime.name, probe: nil, seconds: duration.seconds, time: time)
        case .planned(let planned):
            runtimes.removeAll { runtime in !planned.contains { $0.runtime == runtime.name } }
        case .began(let runtime, let probe, let done, let total):
            running = RoundHistory.Running(runtime: runtime, probe: probe, done: done, total: total, began: now)
        case .measured:
            // Its round will contain it, with the speedup.
            break
        case .failed(let runtime, let probe, let failure):
            add(failure, of: runtime, probe: probe, seconds: running.map { Double(now - $0.began) / 1e9 }, time: time)
        case .finished(let round, let next):
            running = nil
            isStretched = next.isStretched
            rounds = rounds.suffix(RoundHistory.maxRounds - 1) + [round.condensed]
        case .rescheduled(let next):
            isStretched = next.isStretched
        case .disabled:
            (isDisabled, runtimes) = (true, [])
        }
    }

    private mutating func add(
        _ failure: WorkerFailure,
        of runtime: String,
        probe: Probe?,
        seconds: Double?,
        time: Double
    ) {
        var kept = failure
        kept.standardError = String(failure.standardError.suffix(RoundHistory.maxStandardError))
        let entry = RoundHistory.Failure(time: time, runtime: runtime, probe: probe, seconds: seconds, failure: kept)
        failures = failures.suffix(RoundHistory.maxFailures - 1) + [entry]
    }

    private mutating func update(_ runtime: RoundHistory.Runtime) {
        if let index = runtimes.firstIndex(where: { $0.name == runtime.name }) {
            runtimes[index] = runtime
        } else {
            runtimes.append(runtime)
        }
    }
}
