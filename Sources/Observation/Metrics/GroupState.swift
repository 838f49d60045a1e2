import Exposition
import Linux

/// What the processes of one group are at a moment, summed.
struct GroupState: Equatable {
    struct Kind: Hashable {
        let version: String
        let build: String
        let gil: String
    }

    var processes: [Kind: Int] = [:]
    var unobservable: [UnobservableReason: Int] = [:]
    /// Nil while no process tells.
    var waitingThreads: Int?
    var switchInterval: Duration?
    var threads: UInt64 = 0
    var interpreters = 0

    mutating func add(_ observation: ProcessObservation, threads: UInt64) {
        let version = observation.version
        let kind = Kind(
            version: "\(version.major).\(version.minor).\(version.micro)",
            build: observation.build.rawValue,
            gil: observation.isGILEnabled ? "on" : "off"
        )
        processes[kind, default: 0] += 1
        if let waiting = observation.waitingThreads { waitingThreads = (waitingThreads ?? 0) + waiting }
        if observation.wait == nil { unobservable[.libc, default: 0] += 1 }
        switchInterval = min(switchInterval ?? observation.switchInterval, observation.switchInterval)
        interpreters += observation.interpreters
        self.threads += threads
    }

    /// Shows the group as it is now.
    ///
    /// - Parameter previous: as it was shown before. What it has no more of is 0 from now on: that is known.
    func show(as group: String, after previous: GroupState?, in metrics: ObservationMetrics) {
        for kind in Set(processes.keys).union(previous?.processes.keys ?? [:].keys) {
            metrics.processes.with(group, kind.version, kind.build, kind.gil).set(Double(processes[kind] ?? 0))
        }
        for reason in Set(unobservable.keys).union(previous?.unobservable.keys ?? [:].keys) {
            metrics.unobservable.with(group, reason.rawValue).set(Double(unobservable[reason] ?? 0))
        }
        if let waitingThreads {
            metrics.waitingThreads.with(group).set(Double(waitingThreads))
        } else if processes.isEmpty, previous?.waitingThreads != nil {
            metrics.waitingThreads.with(group).set(0)
        } else if !processes.isEmpty {
            // Not NaN: nothing would take it away when the last of these processes has ended.
            metrics.waitingThreads.remove(group)
        }
        if let switchInterval {
            metrics.switchInterval.with(group).set(switchInterval.seconds)
        } else {
            metrics.switchInterval.remove(group)
        }
        guard !processes.isEmpty || previous?.processes.isEmpty == false else { return }
        metrics.threads.with(group).set(Double(threads))
        metrics.interpreters.with(group).set(Double(interpreters))
    }
}
