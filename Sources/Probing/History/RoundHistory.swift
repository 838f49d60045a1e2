import Linux

/// What happened lately, for people who look: the last rounds, the last failures, and what runs now.
///
/// It is bounded, and rounds and failures have bounds of their own, so that a burst of failures pushes out no
/// measurement, nor the other way round.
package final class RoundHistory: Sendable {
    /// An hour at the default interval.
    package static let rounds = 60
    package static let failures = 20

    /// The probe that runs now, and how far its round is.
    package struct Running: Sendable, Equatable {
        package var runtime: String
        package var probe: Probe
        package var done: Int
        package var total: Int
        /// On the monotonic clock.
        var began: UInt64
    }

    /// A runtime, and what it has said of itself when it was asked last; nil where it did not answer.
    package struct Runtime: Sendable, Equatable {
        package var name: String
        package var description: RuntimeDescription?
    }

    package struct Contents: Sendable {
        /// Oldest first.
        package fileprivate(set) var rounds: [RoundRecord] = []
        /// Oldest first.
        package fileprivate(set) var failures: [FailureRecord] = []
        /// Nil between rounds.
        package fileprivate(set) var running: Running?
        /// Whether the next round is delayed to keep the CPU budget.
        package fileprivate(set) var isStretched = false
        /// Those of the newest round, in the order in which they were first asked.
        package fileprivate(set) var runtimes: [Runtime] = []
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
        case .described(let runtime, let description):
            know(RoundHistory.Runtime(name: runtime.name, description: description))
        case .undescribed(let runtime, let failure, let duration):
            know(RoundHistory.Runtime(name: runtime.name))
            add(FailureRecord(failure, of: runtime.name, probe: nil, seconds: duration.seconds, time: time))
        case .planned(let planned):
            runtimes.removeAll { runtime in !planned.contains { $0.runtime == runtime.name } }
        case .began(let runtime, let probe, let done, let total):
            running = RoundHistory.Running(runtime: runtime, probe: probe, done: done, total: total, began: now)
        case .measured:
            // Its round will bring it, with the speedup.
            break
        case .failed(let runtime, let probe, let failure):
            let seconds = running.map { Double(now - $0.began) / 1e9 }
            add(FailureRecord(failure, of: runtime, probe: probe, seconds: seconds, time: time))
        case .finished(let round, let next):
            running = nil
            isStretched = next.isStretched
            rounds = rounds.suffix(RoundHistory.rounds - 1) + [RoundRecord(round, finished: time)]
        case .rescheduled(let next):
            isStretched = next.isStretched
        }
    }

    private mutating func add(_ failure: FailureRecord) {
        failures = failures.suffix(RoundHistory.failures - 1) + [failure]
    }

    private mutating func know(_ runtime: RoundHistory.Runtime) {
        if let place = runtimes.firstIndex(where: { $0.name == runtime.name }) {
            runtimes[place] = runtime
        } else {
            runtimes.append(runtime)
        }
    }
}
