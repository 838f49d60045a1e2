import Linux

/// What one process costs in CPU, and what it waits for CPUs, since it is accounted for.
struct ProcessAccount {
    /// What has come since the last look.
    struct Increment: Equatable {
        var user: Duration = .zero
        var system: Duration = .zero
        /// Nil where the kernel does not count it (CONFIG_SCHED_INFO).
        var runQueue: Duration?
        var threads: UInt64 = 0
    }

    private let files: ProcessFiles
    private var userTicks: UInt64?
    private var systemTicks: UInt64?
    /// Nanoseconds on run queues, of each thread that there was at the last look, by its number. Numbers are given in
    /// a circle (alloc_pid of kernel/pid.c), so none is another thread's at the next look.
    private var runQueues: [Int32: UInt64]?
    /// Whether the last look went through all threads, so that one not among them is new.
    private var knowsAllThreads = true
    /// Where to go on in a process that has more threads than are looked at at once.
    private var nextThread = 0

    /// - Parameter isNewborn: whether all that the process has used so far counts; else what it uses from now on.
    init(_ files: ProcessFiles, isNewborn: Bool) {
        self.files = files
        if isNewborn {
            userTicks = 0
            systemTicks = 0
            runQueues = [:]
        }
    }

    /// Nil when the process has gone.
    ///
    /// - Parameter allowance: how many threads may be looked at; those that were are taken off.
    mutating func increment(threads allowance: inout Int) -> Increment? {
        guard let stat = files.stat() else { return nil }
        defer {
            userTicks = max(stat.userTicks, userTicks ?? 0)
            systemTicks = max(stat.systemTicks, systemTicks ?? 0)
        }
        // What a thread has waited is counted when it gets a CPU: kernel/sched/stats.h, sched_info_arrive. So there is
        // nothing new where nothing has run for as long as a tick, and what is less comes with the next one.
        let hasRun = stat.userTicks != userTicks || stat.systemTicks != systemTicks
        // The kernel scales both so that they add up to the exact sum, and one of them may seem to go back
        // (kernel/sched/cputime.c, cputime_adjust).
        return Increment(
            user: ClockTicks.duration(stat.userTicks - min(userTicks ?? stat.userTicks, stat.userTicks)),
            system: ClockTicks.duration(stat.systemTicks - min(systemTicks ?? stat.systemTicks, stat.systemTicks)),
            runQueue: hasRun || runQueues == nil || !knowsAllThreads
                ? runQueueIncrement(of: stat.threads, &allowance) : .zero,
            threads: stat.threads
        )
    }

    /// The sum over the threads that there are. What a thread waited between the last look and its end is lost; a thread
    /// that has ended takes nothing away, and one that is not looked at this time is the next.
    private mutating func runQueueIncrement(of count: UInt64, _ allowance: inout Int) -> Duration? {
        guard allowance > 0 else {
            knowsAllThreads = false
            return nil
        }
        // Most processes have one thread, whose number is theirs: that need not be looked up.
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
            // A thread that was not known is a new one, which counts from its start, unless not all were known.
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

    /// Nil where the kernel has none, or does not account and writes zeros: fs/proc/base.c, proc_pid_schedstat.
    fileprivate func schedStat(of thread: Int32) -> SchedStat? {
        guard let content = ProcFile.record("\(directory)/task/\(thread)/schedstat", atMost: 128),
            let stat = SchedStat(parsing: content), stat.timeslices > 0
        else { return nil }
        return stat
    }
}
