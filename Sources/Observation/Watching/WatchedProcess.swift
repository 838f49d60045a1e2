import Linux

/// A Python process between two looks at it.
package struct WatchedProcess: Sendable, Equatable {
    package var pid: Int32
    /// The name that ps(1) shows.
    package var name: String
    package var commandLine: String
    /// Its group in the metrics, by default the systemd service or the program; nil if a rule excludes it.
    package var service: String?
    /// Nil if the kernel did not report it at both looks.
    package var cpuRatio: Double?
    package var runQueueRatio: Double?
    /// Nil while it is unknown: no sample was taken since the previous look.
    package var activity: Result<Activity, UnobservableReason>?
    /// The threads that hold a lock or wait for one at this moment; empty unless requested.
    package var lockThreads: [LockThread] = []

    /// The activity of its locks.
    package struct Activity: Sendable, Equatable {
        private let earlier: ProcessObservation
        /// The observation at the second look.
        package let observation: ProcessObservation
        private var holders: HolderShares

        /// - Parameters:
        ///   - holders: of the last seconds; nil: between the two.
        ///   - cpuRatio: CPUs that the process used between the two; nil if it is unknown.
        /// - Returns: nil if no sample was taken in between.
        package init?(
            from earlier: ProcessObservation,
            to later: ProcessObservation,
            holders: HolderShares? = nil,
            cpuRatio: Double? = nil
        ) {
            guard later.observed > earlier.observed else { return nil }
            self.earlier = earlier
            observation = later
            self.holders = holders ?? HolderShares(from: earlier, to: later)
            guard let cpuRatio, let held = increase(of: .held) else { return }
            self.holders.limit(toCPU: cpuRatio, held: held, samples: later.samples - earlier.samples)
        }

        /// The increase of a counter per second of observed time; nil if it is unknown. A ratio of times may exceed 1,
        /// because several threads or interpreters add up.
        package func rate(of metric: ObservedMetric) -> Double? {
            switch metric.key {
            case ObservedMetric.heldOnCPU.key: part(holders.onCPU, of: .held)
            case ObservedMetric.stalledWait.key: part(holders.stalledWait, of: .wait)
            default: increase(of: metric)
            }
        }

        private func part(_ share: Double?, of whole: ObservedMetric) -> Double? {
            guard let rate = increase(of: whole) else { return nil }
            return rate == 0 ? 0 : share.map { Self.rounded($0 * rate) }
        }

        private func increase(of metric: ObservedMetric) -> Double? {
            guard let late = metric.value(of: observation), let early = metric.value(of: earlier) else { return nil }
            return Self.rounded(max(0, late - early) / (observation.observed - earlier.observed).seconds)
        }

        /// The standard error of the rate of ``ObservedMetric/held``, for independent samples. It covers sampling, not delays
        /// on a busy host.
        ///
        /// The error is smaller if the lock keeps its state for longer than from one sample to the next. Of several locks, all
        /// may change together.
        package var heldError: Double? {
            increase(of: .held).map { held in error(variance: locks * held - held * held) }
        }

        /// The standard error of the rate of ``ObservedMetric/wait``, which is nil if that is unknown.
        package var waitError: Double? {
            increase(of: .wait).map { wait in
                let squared = observation.locks.squaredWait - earlier.locks.squaredWait
                let seconds = (observation.observed - earlier.observed).seconds
                return error(variance: locks * squared / seconds - wait * wait)
            }
        }

        private var locks: Double { Double(max(earlier.lockCount, observation.lockCount)) }

        /// At least what one more sample could have found: the samples may have missed what is rare.
        ///
        /// - Parameter variance: of what one sample finds.
        private func error(variance: Double) -> Double {
            let samples = Double(max(1, observation.samples - earlier.samples))
            let error = (max(0, variance) * SamplingPace.varianceOfWeights / samples).squareRoot()
            return Self.rounded(max(error, locks / samples))
        }

        /// Differences of sums carry their rounding, which must not make a lock look held for more than all the time.
        private static func rounded(_ rate: Double) -> Double { (rate * 1e9).rounded() / 1e9 }
    }
}
