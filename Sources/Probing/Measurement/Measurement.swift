/// What one probe of one round gave. Made from a worker's report only after that has been checked.
package struct Measurement: Sendable, Equatable {
    package var runtime: String
    package var probe: Probe
    /// Nanoseconds before the barrier, to create the workers.
    package var setup: UInt64
    /// Nanoseconds from the barrier to the last worker's finish.
    package var duration: UInt64
    package var workers: [TimeLedger]
    package var lock: WorkerReport.Lock?
    package var disturbances: Set<Disturbance>
    /// Seconds since 1970.
    package var finished: Double
    /// What the runtime said that it was when it made this; nil where it says so only when it is asked.
    package var source: RuntimeDescription?

    /// Worker time in nanoseconds: what the ledgers of all workers add up to.
    package var ledger: TimeLedger { workers.dropFirst().reduce(workers[0]) { $0 + $1 } }

    /// CPU that the workers got, as a share of what they could have used.
    package var cpuUtilization: Double {
        Double(ledger.cpu) / (Double(duration) * Double(workers.count))
    }

    /// Share of the worker time that went to waiting for the lock; nil where that cannot be observed.
    package var lockWaitRatio: Double? {
        ledger.lockWait.map { Double($0) / Double(ledger.wall) }
    }

    package var runQueueRatio: Double? {
        ledger.runQueue.map { Double($0) / Double(ledger.wall) }
    }
}
