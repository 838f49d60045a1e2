import Linux

/// An influence of the host that makes a measurement unreliable. The measurement counts all the same, marked with it.
package enum Disturbance: String, CaseIterable, Codable, Sendable {
    /// CPU bandwidth control kept a cgroup of the exporter off the CPUs during the run.
    case throttled
    /// The hypervisor took CPU time away during the run.
    case steal
    /// The workers waited for CPUs for more than the configured share of their time.
    case runQueue = "run_queue"
    /// The workers may use fewer CPUs than there are workers.
    case affinity
    /// Workers without a common lock stood still for more than the same share, and did not wait for a CPU: a frozen cgroup
    /// or SIGSTOP stopped them, or the kernel was getting memory for them. Unknown where the hypervisor took time away.
    case blocked
}

/// How much the host has interfered with this process up to one moment. Two of them give the disturbances in between.
struct HostInterference: Sendable {
    /// CPUs that this process, and so its workers, may use; nil where the kernel does not report it.
    var cpus: Int?
    /// Time that the hypervisor took from those CPUs; nil where it cannot be observed.
    var steal: Duration?
    /// Nil where it cannot be observed.
    var throttling: CgroupThrottling?

    static func now() -> HostInterference {
        let cpus = try? Affinity.ofCallingThread()
        return HostInterference(
            cpus: cpus?.count,
            steal: cpus.flatMap { try? CPUStealTime.total(of: $0) },
            throttling: try? CgroupThrottling.ofThisProcess()
        )
    }

    /// The disturbances, since `earlier`, of a probe with so many workers. What cannot be observed is not one.
    func disturbances(since earlier: HostInterference, workers: Int) -> Set<Disturbance> {
        var found: Set<Disturbance> = []
        if let cpus, cpus < workers { found.insert(.affinity) }
        // The steal time of a virtual machine may fall when it moves to another host: only a rise counts.
        if let steal, let before = earlier.steal, steal > before { found.insert(.steal) }
        if let throttling, let before = earlier.throttling, throttling.time > before.time { found.insert(.throttled) }
        return found
    }
}

extension Probe {
    /// Whether its workers never sleep, and wait for no lock, so that a standstill shows.
    var showsStandstill: Bool { work == .countdown && !sharesLock }
}
