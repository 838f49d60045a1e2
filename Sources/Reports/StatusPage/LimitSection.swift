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
        switch (limit.isHostLimited, limit.isLockLimited) {
        case (true, _): return "machine"
        case (_, true): return "lock"
        case (nil, _), (_, nil): return "unknown"
        case (false, false): return "nothing"
        }
    }

    var sentence: String {
        guard let limit else { return "Not known yet what limits parallelism here" }
        switch (limit.isHostLimited, limit.isLockLimited) {
        case (true, true): return "The lock and the machine limit parallelism here"
        case (true, false): return "The machine limits parallelism here, not a lock"
        case (false, true): return "The lock limits parallelism here, not the machine"
        case (false, false): return "Nothing limits parallelism here"
        case (nil, true):
            return "The lock limits parallelism here. The machine cannot be measured now: \(limit.free.obstacle)"
        case (true, nil):
            return "The machine limits parallelism here. The lock cannot be measured now: \(limit.lockObstacle)"
        case (false, nil):
            return "The machine does not limit parallelism here. The lock cannot be measured now: \(limit.lockObstacle)"
        case (nil, false), (nil, nil):
            return "What limits parallelism cannot be measured now: \(limit.free.obstacle)"
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
    fileprivate var lockObstacle: String { locked?.obstacle ?? free.obstacle }

    fileprivate var lockedEvidence: String? {
        guard let locked else { return "No probe contends for a lock" }
        if locked.isDisturbed { return locked.disturbed }
        let waits = locked.lockWait.map { " and wait for the lock for \(NumberText.percent($0)) of their time" } ?? ""
        return "\(locked.sentence)\(waits)"
    }

    fileprivate var freeEvidence: String {
        if free.isDisturbed { return free.disturbed }
        return "\(free.sentence) and get \(NumberText.percent(free.cpuUtilization)) of the CPU that they could use"
    }

    fileprivate var disturbanceEvidence: String? {
        guard let isHostLimited else { return nil }
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

    /// "python3 gil: all of the last runs were disturbed (busy CPUs)".
    fileprivate var disturbed: String {
        "\(runtime) \(probe.rawValue): all of the last runs were disturbed (\(disturbances.map(\.words).joined(separator: ", ")))"
    }

    /// Why nothing follows from its runs.
    fileprivate var obstacle: String { NumberText.list(disturbances.map(\.obstacle)) }
}

extension Disturbance {
    /// What keeps a measurement from showing what limits workers.
    fileprivate var obstacle: String {
        switch self {
        case .throttled: "a CPU quota (CPUQuota=) slows the exporter's workers down"
        case .steal: "the hypervisor gives its CPUs to other machines"
        case .runQueue: "other programs use the CPUs"
        case .affinity: "the exporter may use fewer CPUs than it has workers"
        case .blocked: "something stops the workers, or they wait for memory"
        }
    }

    var words: String {
        switch self {
        case .throttled: "CPU quota"
        case .steal: "steal"
        case .runQueue: "busy CPUs"
        case .affinity: "fewer CPUs than workers"
        case .blocked: "standstill"
        }
    }
}
