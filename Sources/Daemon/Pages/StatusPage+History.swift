import Linux
import Probing
import Web

// History, in the words of the page.

extension StatusPage.Runtime {
    init(_ runtime: RoundHistory.Runtime, rounds: [Round]) {
        // One that does not say what it is cannot be probed at all: its failures are a list of their own.
        let newest = runtime.info == nil ? [] : rounds.last?.runs.filter { $0.runtime == runtime.name } ?? []
        let probes = newest.map(\.probe)
        self.init(
            name: runtime.name,
            summary: runtime.info?.summary ?? "It did not say what it is; the last failures have the cause.",
            probes: Probe.allCases.filter(probes.contains).map { StatusPage.Probe($0, of: runtime.name, in: rounds) },
            unsupported: Probe.allCases.compactMap { probe in
                let reason = runtime.info?.unsupported[probe.rawValue]
                return reason.map { StatusPage.Fact(probe.rawValue, $0) }
            }
        )
    }
}

extension StatusPage.Probe {
    init(_ probe: Probe, of runtime: String, in rounds: [Round]) {
        let runs = rounds.map { $0.run(probe, of: runtime) }
        let measured = runs.compactMap { $0?.measurement }
        let isReference = probe.isReference
        let disturbances = Disturbance.allCases.compactMap { disturbance -> String? in
            let count = measured.count { $0.disturbances.contains(disturbance) }
            return count == 0 ? nil : "\(disturbance.words) in \(count) of \(measured.count)"
        }
        self.init(
            name: probe.rawValue,
            meaning: probe.meaning(workers: measured.last?.workers),
            idealSpeedup: isReference ? nil : Double(probe.idealSpeedup(workers: measured.last?.workers ?? 1)),
            newest: runs.last.flatMap { $0 }.flatMap(StatusPage.Figures.init),
            history: runs.map { isReference ? $0?.measurement.map { Double($0.duration) / 1e9 } : $0?.speedup },
            disturbances: disturbances.joined(separator: ", ")
        )
    }
}

extension StatusPage.Figures {
    init?(_ run: Round.Run) {
        guard let measurement = run.measurement else { return nil }
        let ledger = measurement.ledger
        self.init(
            seconds: Double(measurement.duration) / 1e9,
            speedup: run.speedup,
            workerTime: StatusPage.WorkerTime(
                cpu: ledger.cpuRatio,
                lockWait: ledger.lockWaitRatio,
                runQueue: ledger.runQueueRatio,
                rest: ledger.restRatio
            )
        )
    }
}

extension StatusPage.Failure {
    init(_ failure: RoundHistory.Failure, now: Double) {
        self.init(
            time: Timestamp.rfc3339(milliseconds: Int64(failure.time * 1000)),
            age: now - failure.time,
            runtime: failure.runtime,
            probe: failure.probe?.rawValue,
            seconds: failure.seconds,
            reason: failure.failure.reason.rawValue,
            detail: failure.failure.detail,
            standardError: failure.failure.standardError
        )
    }
}

extension RuntimeInfo {
    /// "cpython 3.11.7 · switch interval 5.0 ms · /usr/bin/python3.11".
    fileprivate var summary: String {
        let lock =
            freeThreaded ? "free-threaded" : switchIntervalNanoseconds.map { "switch interval \(Double($0) / 1e6) ms" }
        return ["\(implementation) \(version)", lock, path].compactMap { $0 }.joined(separator: " · ")
    }
}

extension Probe {
    /// - Parameter workers: nil where there has been no measurement yet.
    fileprivate func meaning(workers: Int?) -> String {
        guard let workers, !isReference else { return meaning }
        return "\(workers) \(meaning)"
    }
}

extension Disturbance {
    var words: String {
        switch self {
        case .throttled: "CPU quota"
        case .steal: "steal"
        case .runQueue: "busy CPUs"
        case .affinity: "fewer CPUs than workers"
        }
    }
}
