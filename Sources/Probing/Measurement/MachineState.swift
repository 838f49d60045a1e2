import Linux

/// What the machine takes from those who run on it, up to one moment. Two of them tell what it took in between.
struct MachineState: Sendable {
    /// CPUs that this process, and so its workers, may use; nil where the kernel does not tell.
    var cpus: Int?
    /// Time that the hypervisor took from those CPUs; nil where it cannot be observed.
    var steal: Duration?
    /// Nil where it cannot be observed.
    var throttling: CgroupThrottling?

    static func now() -> MachineState {
        let cpus = try? Affinity.ofCallingThread()
        return MachineState(
            cpus: cpus?.count,
            steal: cpus.flatMap { try? CPUStealTime.total(of: $0) },
            throttling: try? CgroupThrottling.ofThisProcess()
        )
    }

    /// What the machine did since `earlier` to a probe with so many workers. What cannot be observed disturbs nobody.
    func disturbances(since earlier: MachineState, workers: Int) -> Set<Disturbance> {
        var found: Set<Disturbance> = []
        if let cpus, cpus < workers { found.insert(.affinity) }
        // A virtual machine that moved to another host may see its steal time fall: only a rise is a theft.
        if let steal, let before = earlier.steal, steal > before { found.insert(.steal) }
        if let throttling, let before = earlier.throttling, throttling.time > before.time { found.insert(.throttled) }
        return found
    }
}
