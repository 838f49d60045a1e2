/// The lock that a waking worker has to take, and who else has it.
package enum WakeUpLock: String, CaseIterable, Codable, Sendable {
    /// The waking worker is the only one.
    case alone
    /// All workers share one lock.
    case shared
    /// The waking worker and the others have interpreters, and so locks, of their own.
    case own
    /// There is no lock.
    case none

    /// The kinds with other workers beside the waking one, whose latency is a result.
    package static let contended: [WakeUpLock] = [.shared, .own, .none]
}

/// One phase of the probe `latency`, as a worker reports it. The keys are those of Documentation/worker-protocol.md.
package struct LatencyPhase: Codable, Sendable, Equatable {
    package var lock: WakeUpLock
    package var workers: Int
    /// Nanoseconds from the barrier to the finish of the last worker.
    package var duration: UInt64
    /// Nanoseconds from each deadline to the moment at which the waking worker had the lock.
    package var delays: [UInt64]
    /// Nanoseconds that the waking worker was runnable without a CPU; nil where the kernel does not count them.
    package var runQueue: UInt64?

    enum CodingKeys: String, CodingKey {
        case lock, workers
        case duration = "duration_ns"
        case delays = "delays_ns"
        case runQueue = "run_queue_ns"
    }
}

/// The result of the probe `latency`: how much longer a waking worker waits beside others than alone.
package struct Latency: Sendable, Equatable {
    /// The delays beside other workers, less the median alone, in nanoseconds.
    package struct Distribution: Sendable, Equatable {
        package var lock: WakeUpLock
        /// Ascending. Empty in a measurement of ``RoundHistory``.
        package fileprivate(set) var delays: [UInt64]
        package let count: Int
        package let median: UInt64
        /// By nearest rank: with fewer than a hundred delays this is ``max``.
        package let p99: UInt64
        package let max: UInt64
        package var runQueue: UInt64?

        /// - Parameter delays: at least one.
        package init(lock: WakeUpLock, delays: [UInt64], runQueue: UInt64? = nil) {
            self.lock = lock
            self.delays = delays.sorted()
            self.runQueue = runQueue
            count = delays.count
            median = self.delays.quantile(0.5)
            p99 = self.delays.quantile(0.99)
            max = self.delays.quantile(1)
        }
    }

    /// The median delay of a worker that is alone: the slack of the timer (prctl(2), PR_SET_TIMERSLACK), and the time
    /// that a CPU takes to wake up. Nanoseconds.
    package let alone: UInt64
    package private(set) var distributions: [Distribution]

    /// Nil where no phase was alone.
    package init?(_ phases: [LatencyPhase]) {
        guard let alone = phases.first(where: { $0.lock == .alone }), !alone.delays.isEmpty else { return nil }
        let usual = alone.delays.sorted().quantile(0.5)
        self.alone = usual
        distributions = phases.filter { $0.lock != .alone && !$0.delays.isEmpty }.map { phase in
            let delays = phase.delays.map { $0 - Swift.min($0, usual) }
            return Distribution(lock: phase.lock, delays: delays, runQueue: phase.runQueue)
        }
    }

    /// The same result without its parts of unbounded size.
    var condensed: Latency {
        var condensed = self
        for index in distributions.indices { condensed.distributions[index].delays = [] }
        return condensed
    }
}

extension [UInt64] {
    /// The smallest value that is not exceeded by this share of the values, which are ascending and not empty.
    fileprivate func quantile(_ share: Double) -> UInt64 {
        self[Swift.max(0, Int((share * Double(count)).rounded(.up)) - 1)]
    }
}
