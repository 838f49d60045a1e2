import Linux

/// How a thread's wall time was spent up to one moment. Two of them give a time ledger.
struct ThreadReading {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var monotonic: UInt64
    /// Nanoseconds of CPU.
    var cpu: UInt64
    /// Nanoseconds runnable without a CPU; nil where the kernel does not tell.
    var runQueue: UInt64?

    /// Reads the calling thread's clocks.
    init(_ schedStat: borrowing SchedStatFile?) {
        monotonic = KernelClock.monotonic()
        cpu = KernelClock.threadCPU()
        switch schedStat {
        case .some(let file): runQueue = file.read()?.runQueue
        case .none: runQueue = nil
        }
    }

    /// Nanoseconds since `earlier` on run queues; nil where the kernel does not tell.
    func runQueue(since earlier: ThreadReading) -> UInt64? {
        guard let runQueue, let before = earlier.runQueue else { return nil }
        return runQueue - before
    }

    /// Nanoseconds since `earlier` that the thread neither ran nor waited for a CPU: it was blocked.
    func blocked(since earlier: ThreadReading) -> UInt64 {
        let accounted = cpu - earlier.cpu + (runQueue(since: earlier) ?? 0)
        let wall = monotonic - earlier.monotonic
        return wall > accounted ? wall - accounted : 0
    }
}
