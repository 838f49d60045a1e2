/// The result of one probe in one round, made from a worker's report that has been checked.
package struct Measurement: Sendable, Equatable {
    package var runtime: String
    package var probe: Probe
    /// Nanoseconds before the barrier, to create the workers.
    package var setup: UInt64
    /// Nanoseconds from the barrier to the finish of the last worker, or the sum of that over the phases of the run.
    package var duration: UInt64
    /// The number of workers.
    package let workers: Int
    /// The sum of the workers' ledgers.
    package let ledger: TimeLedger
    /// The ledger of each worker, in the order of their shares. Empty in a measurement of ``RoundHistory``.
    package private(set) var ledgers: [TimeLedger]
    package var lock: LockCounts?
    /// The phases of the probe `refcount`; empty for others.
    package var referenceCounts: [ReferenceCountPhase]
    /// The result of the probe `latency`; nil for others.
    package private(set) var latency: Latency?
    package var disturbances: Set<Disturbance>
    /// Seconds since 1970.
    package var finished: Double
    /// The runtime that made this measurement, as it describes itself in its report; nil where it does so only when it
    /// is asked.
    package var source: RuntimeInfo?

    /// - Parameter ledgers: those of all workers, at least one.
    package init(
        runtime: String,
        probe: Probe,
        setup: UInt64,
        duration: UInt64,
        ledgers: [TimeLedger],
        lock: LockCounts? = nil,
        referenceCounts: [ReferenceCountPhase] = [],
        latency: Latency? = nil,
        disturbances: Set<Disturbance>,
        finished: Double,
        source: RuntimeInfo? = nil
    ) {
        self.runtime = runtime
        self.probe = probe
        self.setup = setup
        self.duration = duration
        workers = ledgers.count
        ledger = ledgers.dropFirst().reduce(ledgers[0], +)
        self.ledgers = ledgers
        self.lock = lock
        self.referenceCounts = referenceCounts
        self.latency = latency
        self.disturbances = disturbances
        self.finished = finished
        self.source = source
    }

    /// - Parameter report: one that was checked.
    package init(
        of runtime: String,
        _ report: WorkerReport,
        disturbances: Set<Disturbance>,
        finished: Double,
        source: RuntimeInfo? = nil
    ) {
        self.init(
            runtime: runtime,
            probe: report.probe,
            setup: report.setup,
            duration: report.duration,
            ledgers: report.workers,
            lock: report.lock,
            referenceCounts: report.referenceCountPhases ?? [],
            latency: report.latencyPhases.flatMap(Latency.init),
            disturbances: disturbances,
            finished: finished,
            source: source
        )
    }

    /// CPU that the workers got, as a share of what they could have used.
    package var cpuUtilization: Double { Double(ledger.cpu) / (Double(duration) * Double(workers)) }

    /// The share of their time in which the workers did not do their work, though no lock and no queue for a CPU kept them
    /// from that; nil if that cannot be told from waits for a lock, or from time that the hypervisor took, which is in none
    /// of the parts.
    var blockedRatio: Double? {
        guard probe.showsStandstill, !disturbances.contains(.steal) else { return nil }
        guard let runQueue = ledger.runQueueRatio else { return nil }
        return 1 - ledger.cpuRatio - runQueue
    }

    /// Whether the countdown took so little time that its duration shows the start of the workers rather than their work:
    /// a time slice of the scheduler, and the switch interval of a lock, are half of this by default.
    package var isTooShort: Bool { probe.work == .countdown && duration < Self.minDuration }

    /// In nanoseconds.
    private static let minDuration: UInt64 = 10_000_000

    /// The same measurement without its parts of unbounded size.
    var condensed: Measurement {
        var condensed = self
        condensed.ledgers = []
        condensed.latency = latency?.condensed
        condensed.source = nil
        return condensed
    }
}
