import CLinux
import Linux

/// Work on the files of other processes, each piece of which may block for ever, on threads that are given up then.
///
/// A thread that waits for a dead file system or for a stopped FUSE server cannot be ended: it is in state D of ps(1). It
/// is left behind, and another thread goes on with the next piece. How many may be left behind is limited.
final class BlockingWork: Sendable {
    struct Limits: Sendable {
        /// For one piece of work, from which its thread neither runs nor waits for a CPU. A slow disk answers within it;
        /// what comes later is used all the same, by the next scan.
        var patience: Duration = .seconds(2)
        /// Threads that wait at a time. Once they are so many, no device is asked that has never answered; the next
        /// thread that is left behind is the last.
        var mostStuck = 8
        /// Threads that wait for files of one user's processes, root excepted: nobody takes all places from others.
        var mostStuckOfOwner = 2
    }

    enum Outcome<Value: Sendable>: Sendable {
        case done(Value)
        /// No answer yet: the number of the call, to ask ``isStuck(_:)`` with.
        case stuck(Int)
        /// Not asked: too many wait already.
        case refused
    }

    let limits: Limits
    private let registry = Protected(Registry())

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Whether a call still waits for its answer.
    func isStuck(_ call: Int) -> Bool { registry.withLock { $0.stuck[call] != nil } }

    /// Threads that wait for an answer.
    var stuck: Int { registry.withLock { $0.stuck.count } }

    /// Whether no piece of work can be done until a thread returns, or until the system has one for us.
    var isExhausted: Bool { registry.withLock { $0.stuck.count > limits.mostStuck || $0.lacksThreads } }

    /// Nanoseconds of CPU that the threads have used.
    var cpuTime: UInt64 { registry.withLock { $0.cpuTime } }

    /// Does `work` for each of the items, one after the other.
    ///
    /// - Parameter owner: the user whose files an item stands for. Asked only while something is stuck.
    func map<Item: Sendable, Value: Sendable>(
        _ items: [Item],
        owner: @escaping @Sendable (Item) -> UInt32,
        _ work: @escaping @Sendable (Item, Call) -> Value
    ) -> [Outcome<Value>] {
        guard !items.isEmpty else { return [] }
        let batch = BlockingBatch(items, owner: owner, for: self, work)
        while stuck <= limits.mostStuck {
            let isStarted = batch.startThread()
            registry.withLock { $0.lacksThreads = !isStarted }
            guard isStarted else { break }
            if let outcomes = batch.outcomes(patience: UInt64(max(0, limits.patience.nanoseconds))) { return outcomes }
        }
        return batch.refuseRest()
    }

    // MARK: for batches

    func begin() -> Call {
        registry.withLock { registry in
            registry.calls += 1
            return Call(number: registry.calls, of: self)
        }
    }

    func giveUp(_ call: Call, owner: UInt32) {
        let device = call.touched
        registry.withLock { $0.stuck[call.number] = Stuck(device: device, owner: owner) }
    }

    func returned(_ call: Call) { registry.withLock { $0.stuck[call.number] = nil } }

    func spent(_ cpu: UInt64) { registry.withLock { $0.cpuTime += cpu } }

    func refuses(_ owner: () -> UInt32) -> Bool {
        guard stuck > 0 else { return false }
        let owner = owner()
        return owner != 0
            && registry.withLock { registry in
                registry.stuck.values.count { $0.owner == owner } >= limits.mostStuckOfOwner
            }
    }

    fileprivate func mayTouch(_ device: UInt64) -> Bool {
        registry.withLock { registry in
            guard !registry.stuck.values.contains(where: { $0.device == device }) else { return false }
            return registry.stuck.count < limits.mostStuck || registry.answered.contains(device)
        }
    }

    fileprivate func answered(_ device: UInt64) {
        registry.withLock { registry in
            // More than any host has mounts that programs run from; what is forgotten is learnt again.
            if registry.answered.count >= 1024 { registry.answered.removeAll() }
            registry.answered.insert(device)
        }
    }

    private struct Stuck {
        let device: UInt64?
        let owner: UInt32
    }

    private struct Registry {
        var calls = 0
        var stuck: [Int: Stuck] = [:]
        var answered: Set<UInt64> = []
        var cpuTime: UInt64 = 0
        var lacksThreads = false
    }

    /// One piece of work as it says which devices it touches, so that others keep away from one that does not answer.
    final class Call: Sendable {
        let number: Int
        private let work: BlockingWork
        private let device = Protected<UInt64?>(nil)

        /// One that nobody gives up, for a caller who can wait.
        convenience init() { self.init(number: 0, of: BlockingWork()) }

        init(number: Int, of work: BlockingWork) {
            self.number = number
            self.work = work
        }

        var touched: UInt64? { device.withLock { $0 } }

        /// Does what touches files on `device`; nil where that device does not answer others.
        func touching<Value>(_ device: UInt64?, _ body: () -> Value) -> Value? {
            guard let device else { return body() }
            guard work.mayTouch(device) else { return nil }
            self.device.withLock { $0 = device }
            let value = body()
            self.device.withLock { $0 = nil }
            work.answered(device)
            return value
        }
    }
}

/// Items that one thread after the other works on.
@safe private final class BlockingBatch<Item: Sendable, Value: Sendable>: Sendable {
    private let items: [Item]
    private let owner: @Sendable (Item) -> UInt32
    private let blocking: BlockingWork
    private let work: @Sendable (Item, BlockingWork.Call) -> Value

    private let mutex = PThreadMutex()
    private let changed = PThreadCondition()
    private nonisolated(unsafe) var results: [BlockingWork.Outcome<Value>] = []
    /// Which thread's answers count: the newest's.
    private nonisolated(unsafe) var thread = 0
    /// What it does now, since when, and the CPU that it had used when it was last seen to get on.
    private nonisolated(unsafe) var current: (call: BlockingWork.Call, since: UInt64, cpu: UInt64)?
    /// The kernel's number of the thread.
    private nonisolated(unsafe) var threadID: Int32 = 0

    init(
        _ items: [Item],
        owner: @escaping @Sendable (Item) -> UInt32,
        for blocking: BlockingWork,
        _ work: @escaping @Sendable (Item, BlockingWork.Call) -> Value
    ) {
        self.items = items
        self.owner = owner
        self.blocking = blocking
        self.work = work
    }

    /// - Returns: false where the system has no thread for us.
    func startThread() -> Bool {
        mutex.lock()
        unsafe thread += 1
        let number = unsafe thread
        mutex.unlock()
        do throws(SystemError) {
            try POSIXThread(name: "gil-look") { self.run(number) }.detach()
            return true
        } catch {
            return false
        }
    }

    private func run(_ number: Int) {
        // What creating the thread took is its creator's.
        var cpu: UInt64 = 0
        while let (item, call) = begin(number, cpu) {
            let value = work(item, call)
            let now = KernelClock.threadCPU()
            blocking.spent(now - cpu)
            cpu = now
            guard finish(value, number) else { return blocking.returned(call) }
        }
    }

    private func begin(_ number: Int, _ cpu: UInt64) -> (Item, BlockingWork.Call)? {
        mutex.lock()
        defer { mutex.unlock() }
        if unsafe number == thread { unsafe threadID = clinux_gettid() }
        while unsafe number == thread, unsafe results.count < items.count {
            let item = unsafe items[results.count]
            guard !blocking.refuses({ owner(item) }) else {
                unsafe results.append(.refused)
                continue
            }
            let call = blocking.begin()
            unsafe current = (call, KernelClock.monotonic(), cpu)
            return (item, call)
        }
        changed.signal()
        return nil
    }

    /// - Returns: whether anybody still waits for this thread.
    private func finish(_ value: Value, _ number: Int) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        guard unsafe number == thread else { return false }
        unsafe current = nil
        unsafe results.append(.done(value))
        return true
    }

    /// Waits for the thread.
    ///
    /// - Returns: nil when it was given up, and another one has to do the rest.
    func outcomes(patience: UInt64) -> [BlockingWork.Outcome<Value>]? {
        mutex.lock()
        defer { mutex.unlock() }
        var next = KernelClock.monotonic() + patience
        while unsafe results.count < items.count {
            _ = changed.wait(mutex, until: next)
            let now = KernelClock.monotonic()
            guard let (call, since, cpu) = unsafe current, now >= since + patience else {
                next = unsafe (current?.since ?? now) + patience
                continue
            }
            // A busy host is no reason, nor is much work: that has budgets of its own. But who answers a little at a time
            // may do so for long.
            let thread = unsafe ThreadProgress(threadID)
            if thread.isRunnable || thread.cpu > cpu && now < since + 5 * patience {
                unsafe current?.cpu = thread.cpu
                next = now + patience / 4
                continue
            }
            unsafe blocking.giveUp(call, owner: owner(items[results.count]))
            unsafe results.append(.stuck(call.number))
            unsafe current = nil
            unsafe self.thread += 1
            return unsafe results.count < items.count ? nil : results
        }
        return unsafe results
    }

    func refuseRest() -> [BlockingWork.Outcome<Value>] {
        mutex.lock()
        defer { mutex.unlock() }
        unsafe thread += 1
        while unsafe results.count < items.count { unsafe results.append(.refused) }
        return unsafe results
    }
}

/// Whether a thread of this process gets on. Without /proc nothing is known to.
private struct ThreadProgress {
    /// It has a CPU, or waits for one: "R" of proc_pid_stat(5).
    let isRunnable: Bool
    /// Nanoseconds of CPU that it has used.
    let cpu: UInt64

    init(_ thread: Int32) {
        let directory = "/proc/self/task/\(thread)"
        let stat = ProcFile.record("\(directory)/stat", atMost: 2048) ?? []
        let name = stat.lastIndex(of: UInt8(ascii: ")")) ?? stat.startIndex
        isRunnable = stat.dropFirst(name + 2).first == UInt8(ascii: "R")
        cpu = ProcFile.record("\(directory)/schedstat", atMost: 128).flatMap { SchedStat(parsing: $0)?.onCPU } ?? 0
    }
}
