import Linux

/// The CPU time of one process, and the time that it waits for CPUs.
struct ProcessAccount {
    /// The usage since the previous scan.
    struct Usage: Equatable {
        var user: Duration = .zero
        var system: Duration = .zero
        /// Nil if the kernel does not count it (CONFIG_SCHED_INFO).
        var runQueue: Duration?
        /// Threads at this scan.
        var threads: UInt64 = 0
    }

    private let files: ProcessFiles
    /// Nanoseconds of CPU before the files were read the last time; nil if unknown.
    private var cpu: UInt64?
    private var newest = Usage()
    private var userTicks: UInt64?
    private var systemTicks: UInt64?
    /// Nanoseconds on run queues of each thread of the previous scan. The kernel gives out numbers in a circle (alloc_pid
    /// of kernel/pid.c), so a number belongs to the same thread at the next scan.
    private var runQueues: [Int32: UInt64]?
    /// Whether the previous scan read all threads, so that a thread it did not see is new.
    private var knowsAllThreads = true
    /// The thread to continue with in a process that has more threads than one scan may read.
    private var nextThread = 0

    init(_ files: ProcessFiles) { self.files = files }

    /// The usage since the previous call, of which the first finds none; nil if the process has gone, or for want of
    /// descriptors.
    ///
    /// - Parameters:
    ///   - allowance: the number of threads that may be read. Those that were read are subtracted.
    ///   - now: nanoseconds of CPU that the process had used, read in this scan and before this call; nil if unknown. If they
    ///     are those of the previous call, its files need not be read.
    mutating func usage(threads allowance: inout Int, cpu now: UInt64?) -> Usage? {
        if let now, now == cpu, knowsAllThreads {
            return Usage(runQueue: newest.runQueue.map { _ in .zero }, threads: newest.threads)
        }
        // A thread whose file could not be opened for a lack of descriptors has not ended.
        var next = self
        guard let usage = Shortage.absent(during: { next.read(&allowance) }) ?? nil else { return nil }
        self = next
        (cpu, newest) = (now, usage)
        return usage
    }

    private mutating func read(_ allowance: inout Int) -> Usage? {
        guard let stat = files.stat() else { return nil }
        defer {
            userTicks = max(stat.userTicks, userTicks ?? 0)
            systemTicks = max(stat.systemTicks, systemTicks ?? 0)
        }
        // The kernel counts the wait of a thread when it gets a CPU: kernel/sched/stats.h, sched_info_arrive. So nothing
        // is new if no thread has run for a tick, and shorter runs are counted with the next one.
        let hasRun = stat.userTicks != userTicks || stat.systemTicks != systemTicks
        // The kernel scales both times so that they add up to the exact sum, and one of them may seem to go back
        // (kernel/sched/cputime.c, cputime_adjust).
        return Usage(
            user: ClockTicks.duration(stat.userTicks - min(userTicks ?? stat.userTicks, stat.userTicks)),
            system: ClockTicks.duration(stat.systemTicks - min(systemTicks ?? stat.systemTicks, stat.systemTicks)),
            runQueue: hasRun || runQueues == nil || !knowsAllThreads
                ? runQueueWait(of: stat.threads, &allowance) : .zero,
            threads: stat.threads
        )
    }

    /// Adds up the waits of the current threads. The wait of a thread between the previous scan and its end is lost. A
    /// thread that has ended subtracts nothing, and a thread that is not read this time is read next time.
    private mutating func runQueueWait(of count: UInt64, _ allowance: inout Int) -> Duration? {
        guard allowance > 0 else {
            knowsAllThreads = false
            return nil
        }
        // Most processes have one thread, which has the number of the process, so its directory need not be read.
        guard let threads = count == 1 ? [files.pid] : files.threads() else { return nil }
        let looked = min(threads.count, allowance)
        allowance -= looked
        let isWhole = looked == threads.count
        var current: [Int32: UInt64] = [:]
        current.reserveCapacity(threads.count)
        if !isWhole, let runQueues { for thread in threads { current[thread] = runQueues[thread] } }
        var sum: UInt64 = 0
        for index in 0..<looked {
            let thread = threads[(nextThread + index) % threads.count]
            guard let wait = files.schedStat(of: thread)?.runQueue else { continue }
            current[thread] = wait
            // If all threads were known, an unknown thread is new, and counts from its start.
            guard let runQueues, let previous = runQueues[thread] ?? (knowsAllThreads ? 0 : nil) else { continue }
            sum &+= wait - min(previous, wait)
        }
        nextThread = isWhole ? 0 : (nextThread + looked) % threads.count
        knowsAllThreads = isWhole
        guard !current.isEmpty else { return nil }
        runQueues = current
        return .nanoseconds(Int64(clamping: sum))
    }
}

extension ProcessFiles {
    fileprivate func threads() -> [Int32]? { try? NumberedDirectory.read("\(directory)/task").map(\.number) }

    /// - Returns: nil if the kernel has no such file, or does not account and writes zeros: fs/proc/base.c,
    ///   proc_pid_schedstat.
    func schedStat(of thread: Int32) -> SchedStat? {
        guard let content = ProcFile.record("\(directory)/task/\(thread)/schedstat", atMost: 128),
            let stat = SchedStat(parsing: content), stat.timeslices > 0
        else { return nil }
        return stat
    }
}
