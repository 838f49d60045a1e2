import Linux

/// Time of the holders of a process's locks, as far as it is known from outside.
package struct HolderTotals: Sendable, Equatable {
    /// Held time in which the holder had a CPU: at most.
    package var onCPU = Duration.zero
    /// Waiting time in which the holder had no CPU, because it waited for one or slept: at least.
    package var stalledWait = Duration.zero
}

/// Compares the time that threads hold locks with the CPU time that they use.
///
/// Samples show which thread holds a lock. No file of the kernel shows whether a thread has a CPU at that moment (it counts
/// as running while it waits for one), but schedstat has the CPU time of each thread, exactly. Once a second both are
/// compared: a thread was on a CPU for no more of the time that it held a lock than it was on a CPU at all. CPU time that
/// the thread used without the lock in that second cannot be told apart, which makes this an upper limit.
struct HolderLedger<Threads: ThreadDirectory>: Sendable {
    /// A thread that holds a lock now and then.
    private struct Holder {
        /// The address of its PyThreadState.
        let address: UInt64
        /// Its number in its own pid namespace: another thread may get the same address.
        let native: UInt64
        /// The kernel's number here.
        let number: Int32
        var balance: Balance
        var idleWindows = 0
    }

    /// The held time of a thread against its CPU time.
    private struct Balance {
        /// Nanoseconds of CPU that were compared, or are too old for it.
        var cpu: UInt64?
        /// Nanoseconds since.
        var held: UInt64 = 0
        /// Time that other threads waited for it since.
        var waited = Duration.zero
        /// Held time without CPU time that may be due to the chance of sampling.
        var excess: UInt64 = 0

        /// - Parameters:
        ///   - cpu: the current CPU time; nil if it is unknown, as that of a thread that has ended.
        ///   - maxExcess: nanoseconds.
        mutating func settle(cpu now: UInt64?, maxExcess: UInt64) -> HolderTotals {
            defer { (held, waited) = (0, .zero) }
            guard let now, let before = cpu else {
                (cpu, excess) = (now, 0)
                return HolderTotals(onCPU: .nanoseconds(Int64(clamping: held)))
            }
            let owed = held + excess
            let used = min(owed, now - min(before, now))
            guard held > 0 else {
                // Samples may have missed a hold, for which another one of them counted or will count too much.
                excess -= used
                cpu = min(now, max(before + used, now - min(maxExcess, now)))
                return HolderTotals(onCPU: .nanoseconds(Int64(clamping: used)))
            }
            // Where samples have become more frequent, the excess of those before stays possible.
            (cpu, excess) = (now, min(owed - used, max(maxExcess, excess)))
            let without = min(owed - used - excess, held)
            return HolderTotals(
                onCPU: .nanoseconds(Int64(clamping: used)),
                stalledWait: min(waited, waited * (Double(without) / Double(held)))
            )
        }
    }

    private(set) var totals: HolderTotals
    private var holders: [Holder] = []
    /// The holders that are not known by number: before Python 3.11, and beyond the limits. The CPU time of the whole
    /// process limits theirs.
    private var others = Balance()
    private var threads: Threads

    /// More threads than that rarely take turns within a second, at the usual rate of sampling.
    private static var maxHolders: Int { 32 }
    /// Comparisons without having been seen, after which a holder is forgotten.
    private static var maxIdleWindows: Int { 60 }
    /// With so many samples of both kinds, chance exceeds the CPU time by about 1 % (a random walk between two walls).
    private static var maxExcessSamples: UInt64 { 25 }
    /// The kernel adds up the CPU time of a running thread at its ticks, of 10 ms at most.
    private static var minExcess: UInt64 { 50_000_000 }

    /// Nanoseconds until held time and CPU time of a process are compared again that was observed for `age` nanoseconds.
    static func settlementInterval(after age: UInt64) -> UInt64 { min(max(age / 8, 100_000_000), 1_000_000_000) }

    init(of threads: Threads, after totals: HolderTotals = HolderTotals()) {
        self.threads = threads
        self.totals = totals
    }

    /// Adds held time of a thread.
    ///
    /// - Parameters:
    ///   - address: of its PyThreadState.
    ///   - held: nanoseconds until `now`.
    ///   - waiting: threads that waited meanwhile.
    ///   - native: looks up the number that the thread has in its own pid namespace.
    mutating func add(
        _ address: UInt64,
        held: UInt64,
        waiting: Int,
        at now: UInt64,
        native: (UInt64) -> UInt64?
    ) {
        let waited = Duration.nanoseconds(Int64(clamping: held)) * waiting
        if let index = holders.firstIndex(where: { $0.address == address }) ?? meet(address, held, now, native) {
            holders[index].balance.held += held
            holders[index].balance.waited += waited
        } else {
            others.held += held
            others.waited += waited
        }
    }

    /// What the kernel has counted of a holder; nil if it is not known by number.
    ///
    /// - Parameter address: of its PyThreadState.
    func progress(of address: UInt64) -> ThreadProgress? {
        holders.first { $0.address == address }.flatMap { threads.progress(of: $0.number) }
    }

    /// Makes the acquaintance of a holder.
    private mutating func meet(
        _ address: UInt64,
        _ held: UInt64,
        _ now: UInt64,
        _ native: (UInt64) -> UInt64?
    ) -> Int? {
        guard holders.count < Self.maxHolders, let native = native(address),
            let number = threads.number(of: native, at: now), let cpu = threads.cpu(of: number)
        else { return nil }
        // It may have been on a CPU while it held the lock until now.
        let balance = Balance(cpu: cpu - min(cpu, held))
        holders.append(Holder(address: address, native: native, number: number, balance: balance))
        return holders.endIndex - 1
    }

    /// Compares held time and CPU time since the last call.
    ///
    /// - Parameters:
    ///   - cpu: nanoseconds of CPU of the whole process; nil if it is unknown.
    ///   - spacing: nanoseconds from one sample to the next, on average.
    ///   - native: as in ``add(_:held:waiting:at:native:)``.
    mutating func settle(cpu: UInt64?, spacing: UInt64, native: (UInt64) -> UInt64?) {
        let maxExcess = max(Self.minExcess, Self.maxExcessSamples * spacing)
        totals += others.settle(cpu: cpu, maxExcess: maxExcess)
        for index in holders.indices {
            guard holders[index].balance.held > 0 else {
                holders[index].idleWindows += 1
                continue
            }
            let isSame = native(holders[index].address) == holders[index].native
            let cpu = isSame ? threads.cpu(of: holders[index].number) : nil
            totals += holders[index].balance.settle(cpu: cpu, maxExcess: maxExcess)
            holders[index].idleWindows = 0
        }
        holders.removeAll { $0.balance.cpu == nil || $0.idleWindows > Self.maxIdleWindows }
    }

    /// Ends all comparisons, because the threads are not known any more. Open held time counts in full.
    mutating func close() {
        totals += others.settle(cpu: nil, maxExcess: 0)
        for index in holders.indices { totals += holders[index].balance.settle(cpu: nil, maxExcess: 0) }
        holders = []
        others = Balance()
    }
}

extension HolderTotals {
    fileprivate static func += (sum: inout HolderTotals, other: HolderTotals) {
        sum.onCPU += other.onCPU
        sum.stalledWait += other.stalledWait
    }
}

/// The threads of one process.
protocol ThreadDirectory: Sendable {
    /// The kernel's number of the thread that has the number `native` in its own pid namespace, such as a container.
    mutating func number(of native: UInt64, at now: UInt64) -> Int32?

    /// Nanoseconds of CPU; nil if the thread has ended, or if the kernel does not count them.
    func cpu(of number: Int32) -> UInt64?

    /// Nil if the thread has ended, or if the kernel does not count.
    func progress(of number: Int32) -> ThreadProgress?
}

/// The threads of a process in /proc.
struct KernelThreads: ThreadDirectory {
    private let pid: Int32
    /// The number of the main thread in its own namespace; nil if not looked up yet.
    private var own: UInt64?
    /// Each status file costs some 10 µs, so threads of a container are looked up rarely.
    private var lookups = TokenBucket(capacity: Double(2 * Self.maxThreads), rate: 16)

    private static let maxThreads = 64

    init(pid: Int32) { self.pid = pid }

    private var tasks: ProcessTasks { ProcessTasks(of: pid) }

    mutating func number(of native: UInt64, at now: UInt64) -> Int32? {
        guard let own = own ?? tasks.ownNumber(of: pid) else { return nil }
        self.own = own
        if own == native { return pid }
        // All threads are in the namespace of their process.
        if own == UInt64(pid) { return Int32(exactly: native) }
        lookups.fill(at: now)
        guard lookups.level > 0 else { return nil }
        let threads = tasks.numbers
        lookups.take(Double(min(threads.count, Self.maxThreads)))
        guard threads.count <= Self.maxThreads else { return nil }
        return threads.first { tasks.ownNumber(of: $0) == native }
    }

    func cpu(of number: Int32) -> UInt64? { ProcessFiles(proc: "/proc", pid: pid).schedStat(of: number)?.onCPU }

    func progress(of number: Int32) -> ThreadProgress? {
        // Each thread that was seen has used some CPU time.
        ThreadProgress(of: number, in: "/proc/\(pid)").flatMap { $0.cpu > 0 ? $0 : nil }
    }
}
