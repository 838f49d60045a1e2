import Linux
import Logging
import Probing
import Reports

/// Logs the events of the probes: runtimes and failures always, measurements at debug level.
struct ProbingLog: Sendable {
    let logger: Logger
    private let delays = Protected(Streak(onset: 1, end: DisturbanceStreaks.longStreak))
    private let streaks = Protected(DisturbanceStreaks())
    /// Logged when it changes, not in every round.
    private let isWithoutPython = Protected(false)

    init(logger: Logger) {
        self.logger = logger
    }

    /// Warns when a round has no Python although it was searched for.
    func record(_ found: RuntimeDiscovery.Result, discovery: ProbingSettings.Discovery, path: String) {
        let isMissing = discovery != .none && !found.runtimes.contains(where: \.isInterpreter)
        let wasMissing = isWithoutPython.withLock { isWithoutPython in
            defer { isWithoutPython = isMissing }
            return isWithoutPython
        }
        guard isMissing, !wasMissing else { return }
        if let error = found.errors.first {
            logger.warning(
                "PATH cannot be searched for python3, so no Python is probed",
                metadata: ["path": "\(path)", "err": "\(error)"]
            )
            return
        }
        logger.warning(
            "No python3 on PATH, so no Python is probed; install it, or list an interpreter in the configuration",
            metadata: ["path": "\(path)"]
        )
    }

    func record(_ event: ProbingEvent) {
        switch event {
        case .described(let runtime, let description):
            logger.info(
                "Probing a runtime",
                metadata: [
                    "runtime": "\(runtime.name)",
                    "version": "\(description.version)",
                    "path": "\(description.path)",
                    "probes": "\(description.supported.joined(separator: ","))",
                ]
            )
        case .undescribed(let runtime, let failure, _):
            logger.warning("A runtime cannot be probed", metadata: metadata(runtime.name, nil, failure))
        case .started, .planned, .began, .rescheduled:
            break
        case .measured(let measurement):
            logger.debug("Measured", metadata: metadata(measurement))
            if let change = streaks.withLock({ $0.record(measurement) }) { record(change, of: measurement) }
        case .failed(let runtime, let probe, let failure):
            logger.warning("A probe failed", metadata: metadata(runtime, probe, failure))
        case .disabled:
            logger.info("Probes are disabled")
        case .finished(let round, let next):
            switch delays.withLock({ $0.record(next.isStretched) }) {
            case nil: break
            case .began:
                logger.warning(
                    "Rounds are delayed to keep the CPU budget; probe fewer runtimes, or raise probing.cpu_budget",
                    metadata: [
                        "round_cpu_seconds": "\(NumberText.decimal(round.cpuSeconds, places: 3))",
                        "interval_seconds": "\(NumberText.decimal(next.interval.seconds, places: 3))",
                    ]
                )
            case .ended:
                logger.info("Rounds keep to their interval again")
            }
        }
    }

    private func record(_ change: Streak.Change, of measurement: Measurement) {
        var metadata = metadata(measurement)
        switch change {
        case .began(let count):
            metadata["event"] = .stringConvertible(LogEventID.disturbed)
            metadata["measurements"] = "\(count)"
            logger.warning("A probe has been disturbed for long", metadata: metadata)
        case .ended(let count):
            metadata["event"] = .stringConvertible(LogEventID.undisturbed)
            metadata["measurements"] = "\(count)"
            logger.info("A probe is no longer disturbed", metadata: metadata)
        }
    }

    private func metadata(_ runtime: String, _ probe: Probe?, _ failure: WorkerFailure) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "event": .stringConvertible(LogEventID.probeFailed),
            "runtime": "\(runtime)",
            "reason": "\(failure.reason.rawValue)",
            "err": "\(failure.detail)",
        ]
        if let probe { metadata["probe"] = "\(probe.rawValue)" }
        if !failure.standardError.isEmpty { metadata["stderr"] = "\(failure.standardError)" }
        return metadata
    }

    private func metadata(_ measurement: Measurement) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "runtime": "\(measurement.runtime)",
            "probe": "\(measurement.probe.rawValue)",
            "seconds": "\(NumberText.decimal(measurement.durationSeconds, places: 3))",
            "cpu_utilization": "\(NumberText.decimal(measurement.cpuUtilization, places: 3))",
        ]
        if !measurement.disturbances.isEmpty {
            metadata["disturbed"] = "\(measurement.disturbanceNames.joined(separator: ","))"
        }
        return metadata
    }
}

extension RuntimeConfiguration {
    fileprivate var isInterpreter: Bool {
        switch launch {
        case .python: true
        case .native, .program: false
        }
    }
}

/// The streaks of disturbed measurements of each probe. One disturbed measurement says little; many in a row mean that the
/// host is unsuitable for measurements.
struct DisturbanceStreaks: Sendable {
    /// Ten minutes at the default interval: longer than a backup of a small host or an upgrade of its packages.
    static let longStreak = 10

    private struct Series: Hashable {
        let runtime: String
        let probe: Probe
    }

    private var streaks: [Series: Streak] = [:]

    /// Counts a measurement.
    ///
    /// - Returns: a change to log: each long streak is logged once when it becomes long and once when it has ended.
    mutating func record(_ measurement: Measurement) -> Streak.Change? {
        let series = Series(runtime: measurement.runtime, probe: measurement.probe)
        return streaks[series, default: Streak(onset: Self.longStreak, end: Self.longStreak)]
            .record(!measurement.disturbances.isEmpty)
    }
}

/// A condition that is logged when it lasts, and again when it has been absent for as long as that takes to be sure: where
/// it comes and goes, the log would have a pair of messages for each time.
struct Streak: Sendable {
    enum Change: Sendable, Equatable {
        /// The condition has lasted for this number of events.
        case began(Int)
        /// It has been absent for some events, after this number of events.
        case ended(Int)
    }

    /// Consecutive events with the condition that begin a streak.
    let onset: Int
    /// Consecutive events without it that end a streak.
    let end: Int
    private var isOn = false
    /// Consecutive events that contradict `isOn`.
    private var contradictions = 0
    /// Events since the streak began, those before the onset included.
    private var length = 0

    init(onset: Int, end: Int) { (self.onset, self.end) = (onset, end) }

    /// Counts an event.
    mutating func record(_ isPresent: Bool) -> Change? {
        if isOn { length += 1 }
        guard isPresent != isOn else {
            contradictions = 0
            return nil
        }
        contradictions += 1
        guard contradictions >= (isOn ? end : onset) else { return nil }
        defer { contradictions = 0 }
        isOn.toggle()
        if isOn {
            length = contradictions
            return .began(length)
        }
        return .ended(length - contradictions)
    }
}
