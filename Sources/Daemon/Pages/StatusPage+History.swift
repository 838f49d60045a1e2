import Linux
import Probing
import Web

// History, in the words of the page.

extension StatusPage.Runtime {
    init(_ runtime: RoundHistory.Runtime, rounds: [RoundRecord]) {
        // One that does not say what it is cannot be probed at all: its failures are a list of their own.
        let newest = runtime.description == nil ? [] : rounds.last?.runs.filter { $0.runtime == runtime.name } ?? []
        let probes = newest.map(\.probe)
        self.init(
            name: runtime.name,
            summary: runtime.description?.summary ?? "It did not say what it is; the last failures have the cause.",
            probes: Probe.allCases.filter(probes.contains).map { StatusPage.Probe($0, of: runtime.name, in: rounds) },
            unsupported: Probe.allCases.compactMap { probe in
                let reason = runtime.description?.unsupported[probe.rawValue]
                return reason.map { StatusPage.Fact(probe.rawValue, $0) }
            }
        )
    }
}

extension StatusPage.Probe {
    init(_ probe: Probe, of runtime: String, in rounds: [RoundRecord]) {
        let runs = rounds.map { $0.run(probe, of: runtime)?.figures }
        let measured = runs.compactMap { $0 }
        let isReference = probe == .single
        let disturbances = Disturbance.allCases.compactMap { disturbance -> String? in
            let count = measured.count { $0.disturbances.contains(disturbance) }
            return count == 0 ? nil : "\(disturbance.words) in \(count) of \(measured.count)"
        }
        self.init(
            name: probe.rawValue,
            meaning: probe.meaning(workers: measured.last?.workers),
            idealSpeedup: isReference ? nil : Double(probe.idealSpeedup(workers: measured.last?.workers ?? 1)),
            newest: runs.last.flatMap { $0 }.map(StatusPage.Figures.init),
            history: runs.map { (isReference ? $0?.durationSeconds : $0?.speedup).map(Double.init) },
            disturbances: disturbances.joined(separator: ", ")
        )
    }
}

extension StatusPage.Figures {
    init(_ figures: RunFigures) {
        let time = figures.workerTime
        self.init(
            seconds: Double(figures.durationSeconds),
            speedup: figures.speedup.map(Double.init),
            workerTime: StatusPage.WorkerTime(
                cpu: Double(time.cpu),
                lockWait: time.lockWait.map(Double.init),
                runQueue: time.runQueue.map(Double.init),
                rest: time.rest.map(Double.init)
            )
        )
    }
}

extension StatusPage.Failure {
    init(_ failure: FailureRecord, now: Double) {
        self.init(
            time: Timestamp.rfc3339(milliseconds: Int64(failure.time * 1000)),
            age: now - failure.time,
            runtime: failure.runtime,
            probe: failure.probe?.rawValue,
            seconds: failure.seconds.map(Double.init),
            reason: failure.reason.rawValue,
            detail: failure.detail,
            standardError: failure.standardError
        )
    }
}

extension RuntimeDescription {
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
        let count = workers.map { "\($0) " } ?? ""
        return switch self {
        case .single: "one thread"
        case .gil: "\(count)threads that contend for a lock"
        case .lockfree: "\(count)threads without a lock"
        case .multiprocess: "\(count)processes"
        case .subinterpreter: "\(count)interpreters with locks of their own"
        }
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
