/// What spoiled a measurement. It counts all the same, and says so.
package enum Disturbance: String, CaseIterable, Codable, Sendable {
    /// CPU bandwidth control held a cgroup of ours off the CPUs meanwhile.
    case throttled
    /// The hypervisor took CPU time away meanwhile.
    case steal
    /// The workers waited for CPUs for longer than their set share of the time.
    case runQueue = "run_queue"
    /// Fewer CPUs may be used than there are workers.
    case affinity
}
