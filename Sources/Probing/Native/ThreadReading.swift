import Linux

/// How a thread's wall time was spent up to one moment. Two of them give a time ledger.
struct ThreadReading {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var monotonic: UInt64 = 0
    /// Nanoseconds of CPU.
    var cpu: UInt64 = 0
    /// Nanoseconds runnable without a CPU; nil where the kernel does not tell.
    var runQueue: UInt64?

    /// Reads the calling thread's clocks.
    ///
    /// A thread that lost its CPU between two of them would have that time counted by one and not by the other, so they
    /// are read again until its run-queue time stood still meanwhile. On a crowded machine that is a matter of a few
    /// times; without an end it must not be.
    init(_ schedStat: borrowing SchedStatFile?) {
        var before = Self.runQueue(schedStat)
        for _ in 0..<Self.attempts {
            let (monotonic, cpu) = (KernelClock.monotonic(), KernelClock.threadCPU())
            let after = Self.runQueue(schedStat)
            (self.monotonic, self.cpu, runQueue) = (monotonic, cpu, after)
            if after == before { return }
            before = after
        }
    }

    private static let attempts = 8

    private static func runQueue(_ schedStat: borrowing SchedStatFile?) -> UInt64? {
        switch schedStat {
        case .some(let file): file.read()?.runQueue
        case .none: nil
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
