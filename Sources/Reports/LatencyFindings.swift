import Probing

/// What the probe `latency` shows of a runtime, in sentences.
struct LatencyFindings {
    let latency: Latency
    /// The waking worker and those beside it.
    let workers: Int
    /// In nanoseconds; nil where the runtime has no lock or does not report it.
    let switchInterval: UInt64?

    var sentences: [String] { [contended, free, machine, slack].compactMap { $0.map { "\($0)." } } }

    private var contended: String? {
        guard let shared = latency.shared else { return nil }
        let median = NumberText.milliseconds(shared.median)
        return
            "Beside \(others), a worker that wakes up waits \(median) for the lock in the median\(comparison(shared))"
    }

    /// ": the switch interval"; empty where the interval is unknown.
    private func comparison(_ shared: Latency.Distribution) -> String {
        guard let switchInterval, switchInterval > 0 else { return "" }
        let interval = NumberText.milliseconds(switchInterval)
        let ratio = Double(shared.median) / Double(switchInterval)
        return switch ratio {
        // The hand-over of the lock comes on top of the interval.
        case 0.95..<1.25: ": the switch interval of \(interval)"
        case 1.25...: ", which is \(NumberText.decimal(ratio, places: 1)) times the switch interval of \(interval)"
        default: ", which is less than the switch interval of \(interval)"
        }
    }

    private var free: String? {
        guard !latency.free.isEmpty else { return nil }
        let parts = latency.free.map { distribution in
            "\(NumberText.milliseconds(distribution.median)) \(distribution.lock == .own ? "with a lock of its own" : "without a lock")"
        }
        let waits = NumberText.list(parts)
        return latency.shared == nil
            ? "Beside \(others), a worker that wakes up is late by \(waits) in the median"
            : "It is late by \(waits)"
    }

    private var machine: String? {
        guard let late = latency.free.first(where: { $0.median >= Self.late }) else { return nil }
        return late.runQueueShare.map { $0 >= 0.5 } == true
            ? "It waits for a CPU then, not for a lock" : "The machine makes it late then, not a lock"
    }

    private var slack: String {
        "Alone it is \(NumberText.milliseconds(latency.alone)) late, which has been taken off"
    }

    /// A worker that no lock keeps waiting is on time within a millisecond on any host with a free CPU.
    private static let late: UInt64 = 1_000_000

    private var others: String { workers == 2 ? "one that counts down" : "\(workers - 1) that count down" }
}

extension Latency {
    fileprivate var shared: Distribution? { distributions.first { $0.lock == .shared } }

    /// Those in which no other worker has the lock of the waking one.
    fileprivate var free: [Distribution] { distributions.filter { $0.lock != .shared } }

    /// The one that says most of the runtime: that with the lock that its threads have.
    var main: Distribution? {
        WakeUpLock.contended.lazy.compactMap { lock in distributions.first { $0.lock == lock } }.first
    }
}

extension Latency.Distribution {
    /// Nanoseconds per wake-up that the waking worker was runnable without a CPU; nil where the kernel does not count
    /// them.
    var meanRunQueue: Double? { runQueue.map { Double($0) / Double(count) } }

    /// That as a share of the median.
    fileprivate var runQueueShare: Double? { meanRunQueue.map { $0 / Double(Swift.max(1, median)) } }
}

extension WakeUpLock {
    /// "one lock for all workers".
    var words: String {
        switch self {
        case .alone: "no other worker"
        case .shared: "one lock for all workers"
        case .own: "interpreters with locks of their own"
        case .none: "no lock"
        }
    }
}
