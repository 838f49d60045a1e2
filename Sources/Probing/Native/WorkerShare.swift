import Linux

/// The part of one worker in a run, or in one phase of it, from its set-up to its record.
enum WorkerShare {
    /// The readings of one worker. Plain numbers only: processes pass it on as bytes.
    struct Record: BitwiseCopyable, Sendable {
        /// Decrements or pairs done.
        var iterations: UInt64 = 0
        /// Nanoseconds of CLOCK_MONOTONIC: before the barrier, behind it, and after the work.
        var arrival: UInt64 = 0
        var release: UInt64 = 0
        var finish: UInt64 = 0
        /// Nanoseconds on run queues from arrival to release.
        var runQueueAtBarrier: UInt64?
        /// Nanoseconds from release to finish.
        var cpu: UInt64 = 0
        var runQueue: UInt64?
        var lockWait: UInt64 = 0
        /// Microseconds from arrival to finish.
        var user: UInt64 = 0
        var system: UInt64 = 0
        var voluntarySwitches: UInt64 = 0
        var involuntarySwitches: UInt64 = 0
    }

    /// Does one share in the calling thread.
    ///
    /// - Parameter work: returns the iterations that it did.
    static func run(as contender: LockContender, in arena: WorkerArena, work: () -> UInt64) -> Record {
        arena.gather(contender.number)
        let usageBefore = try? ThreadUsage.ofCallingThread()
        let arrival = contender.reading()
        arena.awaitAll()
        let release = contender.reading()
        let iterations = work()
        let finish = contender.reading()
        let usageAfter = try? ThreadUsage.ofCallingThread()

        var record = Record()
        record.iterations = iterations
        record.arrival = arrival.monotonic
        record.release = release.monotonic
        record.finish = finish.monotonic
        record.cpu = finish.cpu - release.cpu
        record.runQueueAtBarrier = release.runQueue(since: arrival)
        record.runQueue = finish.runQueue(since: release)
        record.lockWait = contender.lockWait
        if let usageBefore, let usageAfter {
            record.user = usageAfter.userMicroseconds - usageBefore.userMicroseconds
            record.system = usageAfter.systemMicroseconds - usageBefore.systemMicroseconds
            record.voluntarySwitches = usageAfter.voluntarySwitches - usageBefore.voluntarySwitches
            record.involuntarySwitches = usageAfter.involuntarySwitches - usageBefore.involuntarySwitches
        }
        return record
    }
}

extension WorkerShare.Record {
    /// The worker's ledger.
    ///
    /// Its time begins when the barrier opens, at `start`, and not when it has passed the barrier: a worker that lost its
    /// CPU there gets it back later. The part of that in which it was seen on a run queue is run-queue time.
    func ledger(start: UInt64) -> TimeLedger {
        let waking = release > start ? release - start : 0
        var runQueue = runQueue
        if let counted = runQueue, let before = runQueueAtBarrier { runQueue = counted + min(waking, before) }
        // The CPU clock is exact; getrusage(2) only gives its split.
        let systemShare = user + system == 0 ? 0 : Double(system) / Double(user + system)
        let systemNanoseconds = UInt64(Double(cpu) * systemShare)
        return TimeLedger(
            iterations: iterations,
            wall: finish - start,
            user: cpu - systemNanoseconds,
            system: systemNanoseconds,
            runQueue: runQueue,
            lockWait: lockWait,
            voluntarySwitches: voluntarySwitches,
            involuntarySwitches: involuntarySwitches
        )
    }
}

/// The clocks of a thread at one moment. Two readings give a time ledger.
struct ThreadReading {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var monotonic: UInt64 = 0
    /// Nanoseconds of CPU.
    var cpu: UInt64 = 0
    /// Nanoseconds runnable without a CPU; nil where the kernel does not count them.
    var runQueue: UInt64?

    /// Reads the calling thread's clocks.
    ///
    /// If the thread lost its CPU between two readings, one clock would count that time and the other would not. So they
    /// are read again until its run-queue time did not change meanwhile: a few times on a crowded host, within a bound.
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

    /// Nanoseconds since `earlier` on run queues; nil where the kernel does not count them.
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
