import Linux

/// What the kernel has counted of a thread.
struct ThreadProgress: Sendable, Equatable {
    /// Nanoseconds on a CPU.
    var cpu: UInt64
    /// Nanoseconds in which it waited for a CPU, up to when it got one last.
    var queued: UInt64
    /// Whether it has a CPU or waits for one.
    var isRunnable: Bool

    init(cpu: UInt64, queued: UInt64, isRunnable: Bool) {
        self.cpu = cpu
        self.queued = queued
        self.isRunnable = isRunnable
    }

    /// Reads proc_pid_stat(5) and schedstat of the thread.
    ///
    /// - Parameter process: the folder of its process, such as "/proc/self".
    /// - Returns: nil if the thread has ended, or if its state cannot be read. On a kernel that does not count, both times are
    ///   0.
    init?(of thread: Int32, in process: String) {
        let directory = "\(process)/task/\(thread)"
        guard let stat = ProcFile.record("\(directory)/stat", atMost: 2048) else { return nil }
        let counted = ProcFile.record("\(directory)/schedstat", atMost: 128).flatMap { SchedStat(parsing: $0) }
        // The name before the state may contain anything.
        let name = stat.lastIndex(of: UInt8(ascii: ")")) ?? stat.startIndex
        isRunnable = stat.dropFirst(name + 2).first == UInt8(ascii: "R")
        (cpu, queued) = (counted?.onCPU ?? 0, counted?.runQueue ?? 0)
    }

    /// Nanoseconds of the last `elapsed` in which it wanted a CPU and had none. A wait for a CPU that has not ended is in no
    /// counter: all time of a runnable thread without CPU time is one.
    func starved(since earlier: ThreadProgress, in elapsed: UInt64) -> UInt64 {
        let used = cpu - min(earlier.cpu, cpu)
        let ended = queued - min(earlier.queued, queued)
        return isRunnable ? elapsed - min(elapsed, used) : min(elapsed, ended)
    }
}
