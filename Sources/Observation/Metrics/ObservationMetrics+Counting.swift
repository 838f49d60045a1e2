import Exposition
import Linux

extension ObservationMetrics {
    /// Adds what a process did between two looks at it to its group. What a C library hides has no series.
    func add(_ current: ProcessObservation, since previous: ProcessObservation?, to group: String) {
        held.with(group).increment(by: current.held.seconds - (previous?.held.seconds ?? 0))
        if let waited = current.wait {
            wait.with(group).increment(by: waited.seconds - (previous?.wait?.seconds ?? 0))
        }
        raise(switches, group, current.switches, previous?.switches)
        raise(samples, group, current.samples, previous?.samples)
        if let count = current.waits { raise(waits, group, count, previous?.waits) }
        if let count = current.forcedHandoffs { raise(forcedHandoffs, group, count, previous?.forcedHandoffs) }
    }

    func add(_ increment: ProcessAccount.Increment, to group: String) {
        cpu.with(group, "user").increment(by: increment.user.seconds)
        cpu.with(group, "system").increment(by: increment.system.seconds)
        if let wait = increment.runQueue { runQueue.with(group).increment(by: wait.seconds) }
    }

    private func raise(_ family: Family<Counter>, _ group: String, _ current: UInt64, _ previous: UInt64?) {
        family.with(group).increment(by: Double(current) - Double(previous ?? 0))
    }
}
