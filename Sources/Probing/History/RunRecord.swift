/// What is kept of one run of one probe: the figures that people compare, not the ledgers that they come from.
package struct RunRecord: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case measured(RunFigures)
        case failed(WorkerFailure.Reason)
    }

    package var runtime: String
    package var probe: Probe
    package var outcome: Outcome

    package var figures: RunFigures? {
        guard case .measured(let figures) = outcome else { return nil }
        return figures
    }
}

/// The figures of a measurement, in single precision: seven digits are more than a clock of the host is good for, and
/// history holds hundreds of these.
package struct RunFigures: Sendable, Equatable {
    package var workers: Int
    package var setupSeconds: Float
    package var durationSeconds: Float
    /// Nil where `single` gave no measurement in the same round.
    package var speedup: Float?
    /// CPU that the workers got, as a share of what they could have used.
    package var cpuUtilization: Float
    package var workerTime: TimeShares
    package var disturbances: [Disturbance]

    init(_ measurement: Measurement, speedup: Double?) {
        workers = measurement.workers.count
        setupSeconds = Float(Double(measurement.setup) / 1e9)
        durationSeconds = Float(Double(measurement.duration) / 1e9)
        self.speedup = speedup.map { Float($0) }
        cpuUtilization = Float(measurement.cpuUtilization)
        workerTime = TimeShares(measurement.ledger)
        disturbances = Disturbance.allCases.filter(measurement.disturbances.contains)
    }

    package var efficiency: Float? { speedup.map { $0 / Float(workers) } }
}

/// Where the workers' time went, as shares of it; nil where that cannot be observed.
package struct TimeShares: Sendable, Equatable {
    package var cpu: Float
    package var lockWait: Float?
    package var runQueue: Float?
    /// What none of the others explains.
    package var rest: Float?

    init(_ ledger: TimeLedger) {
        func share(_ nanoseconds: UInt64) -> Float { Float(Double(nanoseconds) / Double(max(1, ledger.wall))) }
        cpu = share(ledger.cpu)
        lockWait = ledger.lockWait.map(share)
        runQueue = ledger.runQueue.map(share)
        rest = ledger.rest.map(share)
    }
}
