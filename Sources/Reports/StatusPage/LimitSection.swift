import Probing

/// The answer to the first question: what limits parallelism on this host, and the evidence for it.
struct LimitSection {
    /// Nil while it is unknown.
    let limit: ParallelismLimit?

    var html: HTML {
        """
        <section class="limit \(style)" aria-labelledby="limit">
        <h2 id="limit">\(sentence)</h2>
        <p>\(evidence)</p>
        </section>
        """
    }

    private var style: String {
        guard let limit else { return "unknown" }
        return limit.isHostLimited ? "machine" : limit.isLockLimited ? "lock" : "nothing"
    }

    var sentence: String {
        guard let limit else { return "Not known yet what limits parallelism here" }
        return switch (limit.isHostLimited, limit.isLockLimited) {
        case (true, true): "The lock and the machine limit parallelism here"
        case (true, false): "The machine limits parallelism here, not a lock"
        case (false, true): "The lock limits parallelism here, not the machine"
        case (false, false): "Nothing limits parallelism here"
        }
    }

    var evidence: String {
        guard let limit else {
            return "The answer takes a round in which single and a probe without a shared lock give measurements."
        }
        return [limit.lockedEvidence, limit.freeEvidence, limit.disturbanceEvidence]
            .compactMap { $0.map { "\($0)." } }.joined(separator: " ")
    }
}

extension ParallelismLimit {
    fileprivate var lockedEvidence: String? {
        guard let locked else { return "No probe contends for a lock" }
        let waits = locked.lockWait.map { " and wait for the lock for \(NumberText.percent($0)) of their time" } ?? ""
        return "\(locked.sentence)\(waits)"
    }

    fileprivate var freeEvidence: String {
        "\(free.sentence) and get \(NumberText.percent(free.cpuUtilization)) of the CPU that they could use"
    }

    fileprivate var disturbanceEvidence: String? {
        let words = disturbances.map(\.words).joined(separator: ", ")
        if words.isEmpty {
            return isHostLimited ? "No cause was seen: the CPUs may share cores, or be slowed down" : nil
        }
        return isHostLimited ? "Possible causes seen: \(words)" : "Most of these runs were disturbed: \(words)"
    }
}

extension ParallelismLimit.Evidence {
    /// "python3 gil: 2 workers are 0.98 times as fast as one".
    fileprivate var sentence: String {
        let speedup = NumberText.decimal(speedup, places: 2)
        return "\(runtime) \(probe.rawValue): \(workers) workers are \(speedup) times as fast as one"
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
