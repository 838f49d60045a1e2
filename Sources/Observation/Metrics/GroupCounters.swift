import Exposition
import Linux

/// The counters of one group, each looked up once: there are many processes in a group, and they are counted for every
/// scrape. What a C library hides has no series, so a counter is made when there is something to count.
final class GroupCounters {
    private let metrics: ObservationMetrics
    private let group: String

    private lazy var held = metrics.held.with(group)
    private lazy var wait = metrics.wait.with(group)
    private lazy var switches = metrics.switches.with(group)
    private lazy var waits = metrics.waits.with(group)
    private lazy var forcedHandoffs = metrics.forcedHandoffs.with(group)
    private lazy var samples = metrics.samples.with(group)
    private lazy var user = metrics.cpu.with(group, "user")
    private lazy var system = metrics.cpu.with(group, "system")
    private lazy var runQueue = metrics.runQueue.with(group)

    init(_ metrics: ObservationMetrics, group: String) {
        self.metrics = metrics
        self.group = group
    }

    /// Adds what a process did between two looks at it.
    func add(_ current: ProcessObservation, since previous: ProcessObservation?) {
        held.increment(by: current.held.seconds - (previous?.held.seconds ?? 0))
        if let waited = current.wait { wait.increment(by: waited.seconds - (previous?.wait?.seconds ?? 0)) }
        raise(switches, current.switches, previous?.switches)
        raise(samples, current.samples, previous?.samples)
        if let count = current.waits { raise(waits, count, previous?.waits) }
        if let count = current.forcedHandoffs { raise(forcedHandoffs, count, previous?.forcedHandoffs) }
    }

    func add(_ increment: ProcessAccount.Increment) {
        user.increment(by: increment.user.seconds)
        system.increment(by: increment.system.seconds)
        if let wait = increment.runQueue { runQueue.increment(by: wait.seconds) }
    }

    private func raise(_ counter: Counter, _ current: UInt64, _ previous: UInt64?) {
        counter.increment(by: Double(current) - Double(previous ?? 0))
    }
}
