import Linux

/// What a Python process did between two looks at it.
package struct WatchedProcess: Sendable, Equatable {
    /// What was seen of its locks. Ratios are of the time between samples; several threads or interpreters make them
    /// larger than 1.
    package struct Activity: Sendable, Equatable {
        package var observation: ProcessObservation
        package var samplesPerSecond: Double
        package var heldRatio: Double
        package var switchesPerSecond: Double
        /// This and what follows is nil where the C library hides who waits.
        package var waitRatio: Double?
        package var waitsPerSecond: Double?
        package var forcedHandoffsPerSecond: Double?
    }

    package var pid: Int32
    /// The name of the program as ps(1) shows it.
    package var name: String
    package var commandLine: String
    /// Nil until two looks have found it.
    package var cpuRatio: Double?
    package var runQueueRatio: Double?
    /// Nil while nothing can be said: no sample has been taken since the last look.
    package var activity: Result<Activity, UnobservableReason>?
    /// Who holds or wants a lock at this moment; empty unless asked for.
    package var lockThreads: [LockThread] = []
}

extension WatchedProcess.Activity {
    /// What happened from `earlier` to `later`; nil when no sample was taken in between.
    init?(from earlier: ProcessObservation, to later: ProcessObservation) {
        let seconds = (later.observed - earlier.observed).seconds
        guard seconds > 0 else { return nil }
        func rate(_ early: UInt64?, _ late: UInt64?) -> Double? {
            guard let early, let late else { return nil }
            return Double(late - min(early, late)) / seconds
        }
        func ratio(_ early: Duration?, _ late: Duration?) -> Double? {
            guard let early, let late else { return nil }
            return max(0, (late - early).seconds) / seconds
        }
        observation = later
        samplesPerSecond = rate(earlier.samples, later.samples) ?? 0
        heldRatio = ratio(earlier.held, later.held) ?? 0
        waitRatio = ratio(earlier.wait, later.wait)
        switchesPerSecond = rate(earlier.switches, later.switches) ?? 0
        waitsPerSecond = rate(earlier.waits, later.waits)
        forcedHandoffsPerSecond = rate(earlier.forcedHandoffs, later.forcedHandoffs)
    }
}
