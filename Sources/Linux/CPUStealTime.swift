/// Time that the hypervisor took from a virtual machine's CPUs.
package enum CPUStealTime {
    /// Time taken from `cpus` since boot, summed; 0 for those that are offline, and on bare metal.
    ///
    /// It moves in ticks of 10 ms. A virtual machine that is moved to another host may see it fall.
    package static func total(of cpus: [Int], proc: String = "/proc") throws(ProcFileError) -> Duration {
        let ticks = try KernelStat.read(proc: proc).stealTicks
        return cpus.reduce(.zero) { sum, cpu in sum + ClockTicks.duration(ticks[cpu] ?? 0) }
    }
}
