import Linux

/// One worker's part of a countdown, from its set-up to its record.
enum CountdownShare {
    /// What one worker leaves behind. Plain numbers only: it crosses process borders by bytes.
    struct Record: BitwiseCopyable, Sendable {
        /// Nanoseconds of CLOCK_MONOTONIC: right before the barrier, right behind it, and right after the countdown.
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

    /// Counts down one share in the calling thread.
    static func run(
        _ worker: Int,
        iterations: UInt64,
        under lock: GlobalInterpreterLock,
        contended: Bool,
        awaitAll: () -> Void
    ) -> Record {
        let contender = LockContender(number: worker)
        let usageBefore = try? ThreadUsage.ofCallingThread()
        let arrival = contender.reading()
        awaitAll()
        let release = contender.reading()
        if contended { lock.take(contender) }
        countDown(iterations, under: lock, as: contender)
        if contended { lock.drop(contender) }
        let finish = contender.reading()
        let usageAfter = try? ThreadUsage.ofCallingThread()

        var record = Record()
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

extension CountdownShare.Record {
    /// The worker's ledger.
    ///
    /// Its time begins when the barrier opens, at `start`, and not when it has passed the barrier: until then it was
    /// waking up, which takes longer with fewer idle CPUs. The part of that in which it was seen on a run queue is
    /// run-queue time.
    func ledger(iterations: UInt64, start: UInt64) -> TimeLedger {
        let waking = release > start ? release - start : 0
        var runQueue = runQueue
        if let counted = runQueue, let before = runQueueAtBarrier { runQueue = counted + min(waking, before) }
        // The CPU clock is exact; getrusage(2) only says how to split it.
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
