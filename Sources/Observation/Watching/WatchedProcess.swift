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

        /// - Returns: nil if no sample was taken in between.
        package init?(from earlier: ProcessObservation, to later: ProcessObservation) {
            guard later.observed > earlier.observed else { return nil }
            self.earlier = earlier
            observation = later
        }

        /// The increase of a counter per second of observed time; nil if it is unknown. A ratio of times may exceed 1,
        /// because several threads or interpreters add up.
        package func rate(of metric: ObservedMetric) -> Double? {
            guard let late = metric.value(of: observation), let early = metric.value(of: earlier) else { return nil }
            let rate = max(0, late - early) / (observation.observed - earlier.observed).seconds
            // Differences of sums carry their rounding, which must not make a lock look held for more than all the time.
            return (rate * 1e9).rounded() / 1e9
        }
    }
}
