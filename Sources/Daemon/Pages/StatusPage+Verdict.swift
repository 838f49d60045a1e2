import Probing
import Web

extension StatusPage.Verdict {
    /// - Parameter limit: nil while it is not known.
    init(_ limit: ParallelismLimit?) {
        guard let limit else {
            self.init(
                limit: .unknown,
                sentence: "Not known yet what limits parallelism here",
                evidence: "It takes a round in which single and a probe without a shared lock give measurements."
            )
            return
        }
        self.init(
            limit: limit.kind,
            sentence: limit.sentence,
            evidence: [limit.lockedEvidence, limit.freeEvidence, limit.disturbanceEvidence].compactMap { $0 }
                .map { "\($0)." }.joined(separator: " ")
        )
    }
}

extension ParallelismLimit {
    fileprivate var kind: StatusPage.Verdict.Limit {
        switch (isHostLimited, isLockLimited) {
        case (true, true): .both
        case (true, false): .machine
        case (false, true): .lock
        case (false, false): .nothing
        }
    }

    fileprivate var sentence: String {
        switch kind {
        case .both: "The lock and the machine limit parallelism here"
        case .machine: "The machine limits parallelism here, not a lock"
        case .lock: "The lock limits parallelism here, not the machine"
        case .nothing, .unknown: "Nothing limits parallelism here"
        }
    }

    fileprivate var lockedEvidence: String? {
        guard let locked else { return "No probe contends for a lock" }
        let waits = locked.lockWait.map { " and wait for the lock for \(percent($0)) of their time" } ?? ""
        return "\(locked.sentence)\(waits)"
    }

    fileprivate var freeEvidence: String {
        "\(free.sentence) and get \(percent(free.cpuUtilization)) of the CPU that they could use"
    }

    fileprivate var disturbanceEvidence: String? {
        let words = disturbances.map(\.words).joined(separator: ", ")
        if words.isEmpty {
            return isHostLimited ? "No cause was seen: the CPUs may share cores, or be slowed down" : nil
        }
        return isHostLimited ? "What was seen: \(words)" : "Most of these runs were disturbed: \(words)"
    }
}

extension ParallelismLimit.Evidence {
    /// "python3 gil: 2 workers are 0.98 times as fast as one".
    fileprivate var sentence: String {
        "\(runtime) \(probe.rawValue): \(workers) workers are \(hundredths(speedup)) times as fast as one"
    }
}

private func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded())) %" }

private func hundredths(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
