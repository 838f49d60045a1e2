import CLinux
import Linux

/// Runs work on the files of other processes, any piece of which may block for ever, on threads that can be left behind.
///
/// A thread that waits for a dead file system or for a stopped FUSE server cannot be ended: it is in state D of ps(1). It
/// is left behind, and another thread continues with the next piece. The number of such threads is limited.
final class BlockingWork: Sendable {
    struct Limits: Sendable {
        /// The time for one piece of work in which its thread neither runs nor waits for a CPU. A slow disk answers within
        /// it; the next scan uses an answer that comes later.
        var patience: Duration = .seconds(2)
        /// Threads that may be stuck. Once so many are, only devices that have answered before are asked. The next
        /// thread that is left behind is the last.
        var maxStuck = 8
        /// Threads that may be stuck in files of one user's processes, except root's, so that no user takes all places.
        var maxStuckPerOwner = 2
    }

    enum Outcome<Value: Sendable>: Sendable {
        case done(Value)
        /// No answer yet. ``isStuck(_:)`` takes the number of the call.
        case stuck(Int)
        /// Not asked, because too many threads are stuck.
        case refused
        /// Not asked, because the system has no further thread. The next call may have one.
        case postponed
    }

    let limits: Limits
    private let registry = Protected(Registry())

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Whether a call still waits for its answer.
    func isStuck(_ call: Int) -> Bool { registry.withLock { $0.stuck[call] != nil } }

    /// Threads that wait for an answer.
    var stuck: Int { registry.withLock { $0.stuck.count } }

    /// Why no work is done at the moment. Nil if it is.
    var blindness: Blindness? {
        registry.withLock { registry in
            registry.stuck.count > limits.maxStuck ? .unresponsive : registry.lacksThreads ? .noThread : nil
        }
    }

    /// Nanoseconds of CPU that the threads have used.
    var cpuTime: UInt64 { registry.withLock { $0.cpuTime } }

    /// Runs `work` for each of the items in turn.
    ///
    /// - Parameter owner: the user whose files an item stands for. Asked only while a thread is stuck.
    func map<Item: Sendable, Value: Sendable>(
        _ items: [Item],
        owner: @escaping @Sendable (Item) -> UInt32,
        _ work: @escaping @Sendable (Item, Call) -> Value
    ) -> [Outcome<Value>] {
        guard !items.isEmpty else { return [] }
        let batch = BlockingBatch(items, owner: owner, for: self, work)
        while stuck <= limits.maxStuck {
            let isStarted = batch.startThread()
            registry.withLock { $0.lacksThreads = !isStarted }
            guard isStarted else { return batch.endRest(as: .postponed) }
            if let outcomes = batch.outcomes(patience: UInt64(max(0, limits.patience.nanoseconds))) { return outcomes }
        }
        return batch.endRest(as: .refused)
    }

    // MARK: for batches

    fileprivate func begin() -> Call {
        registry.withLock { registry in
            registry.calls += 1
            return Call(number: registry.calls, of: self)
        }
    }

    fileprivate func giveUp(_ call: Call, owner: UInt32) {
        let device = call.touched
        registry.withLock { $0.stuck[call.number] = Stuck(device: device, owner: owner) }
    }

    fileprivate func returned(_ call: Call) { registry.withLock { $0.stuck[call.number] = nil } }

    fileprivate func spent(_ cpu: UInt64) { registry.withLock { $0.cpuTime += cpu } }

    fileprivate func refuses(_ owner: () -> UInt32) -> Bool {
        guard stuck > 0 else { return false }
        let owner = owner()
        return owner != 0
            && registry.withLock { registry in
                registry.stuck.values.count { $0.owner == owner } >= limits.maxStuckPerOwner
            }
    }

    fileprivate func mayTouch(_ device: UInt64) -> Bool {
        registry.withLock { registry in
            guard !registry.stuck.values.contains(where: { $0.device == device }) else { return false }
            return registry.stuck.count < limits.maxStuck || registry.answered.contains(device)
        }
    }

    fileprivate func answered(_ device: UInt64) {
        registry.withLock { registry in
            // More than any host has mounts that programs run from. Forgotten devices are learnt again.
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

    /// One piece of work. It states the device that it touches, so that others keep away from a device that does not
    /// answer.
    final class Call: Sendable {
        let number: Int
        private let work: BlockingWork
        private let device = Protected<UInt64?>(nil)

        /// Makes a call that is never given up, for a caller that can wait.
        convenience init() { self.init(number: 0, of: BlockingWork()) }

        init(number: Int, of work: BlockingWork) {
            self.number = number
            self.work = work
        }

        var touched: UInt64? { device.withLock { $0 } }

        /// Runs `body`, which touches files on `device`.
        ///
        /// - Returns: nil if that device does not answer others.
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

/// Items that one thread works on, and after it its successor if it has to be left behind.
private final class BlockingBatch<Item: Sendable, Value: Sendable>: Sendable {
    private struct State {
        var results: [BlockingWork.Outcome<Value>] = []
        /// The number of the newest thread, whose answers count.
        var thread = 0
        /// The kernel's number of that thread.
        var threadID: Int32 = 0
        /// Its current call, the begin of that call, and the CPU time that it had used when it last made progress.
        var current: (call: BlockingWork.Call, since: UInt64, cpu: UInt64)?
    }

    private enum Look {
        case wait(until: UInt64)
        case done([BlockingWork.Outcome<Value>])
        /// The thread was left behind, and another one has to do the rest.
        case leftBehind
    }

    private let items: [Item]
    private let owner: @Sendable (Item) -> UInt32
    private let blocking: BlockingWork
    private let work: @Sendable (Item, BlockingWork.Call) -> Value
    private let state = Monitor(State())

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

    /// - Returns: false if the system has no thread for it.
    func startThread() -> Bool {
        let number = state.withLock { state in
            state.thread += 1
            return state.thread
        }
        do throws(SystemError) {
            try POSIXThread(name: "gil-look") { self.run(number) }.detach()
            return true
        } catch {
            return false
        }
    }

    private func run(_ number: Int) {
        // The CPU time of creating the thread belongs to its creator.
        var cpu: UInt64 = 0
        while let (item, call) = begin(number, cpu) {
            let value = work(item, call)
            let now = KernelClock.threadCPU()
            blocking.spent(now - cpu)
            cpu = now
            guard finish(value, number) else { return blocking.returned(call) }
        }
        // Wakes the caller, which waits for the results.
        state.update { _ in }
    }

    private func begin(_ number: Int, _ cpu: UInt64) -> (Item, BlockingWork.Call)? {
        let thread = clinux_gettid()
        return state.withLock { state in
            guard number == state.thread else { return nil }
            state.threadID = thread
            while state.results.count < items.count {
                let item = items[state.results.count]
                guard !blocking.refuses({ owner(item) }) else {
                    state.results.append(.refused)
                    continue
                }
                let call = blocking.begin()
                state.current = (call, KernelClock.monotonic(), cpu)
                return (item, call)
            }
            return nil
        }
    }

    /// - Returns: whether the caller still waits for this thread.
    private func finish(_ value: Value, _ number: Int) -> Bool {
        state.withLock { state in
            guard number == state.thread else { return false }
            state.current = nil
            state.results.append(.done(value))
            return true
        }
    }

    /// Waits for the thread.
    ///
    /// - Returns: nil if it was left behind, and another one has to do the rest.
    func outcomes(patience: UInt64) -> [BlockingWork.Outcome<Value>]? {
        var next = KernelClock.monotonic() + patience
        while true {
            let look = state.wait(
                until: MonotonicInstant(nanoseconds: next),
                for: { $0.results.count >= items.count },
                then: { state, _ in inspect(&state, patience: patience) }
            )
            switch look {
            case .wait(let until): next = until
            case .done(let outcomes): return outcomes
            case .leftBehind: return nil
            }
        }
    }

    private func inspect(_ state: inout State, patience: UInt64) -> Look {
        guard state.results.count < items.count else { return .done(state.results) }
        let now = KernelClock.monotonic()
        guard let (call, since, cpu) = state.current, now >= since + patience else {
            return .wait(until: (state.current?.since ?? now) + patience)
        }
        // A busy host or much work is no reason to give up: work has budgets of its own. But a thread that progresses a
        // little at a time may do so for long.
        let isEarly = now < since + 5 * patience
        let thread = ThreadProgress(of: state.threadID, in: "/proc/self")
        // It is unknown while descriptors are short.
        if thread.map({ $0.isRunnable || $0.cpu > cpu && isEarly }) ?? isEarly {
            state.current?.cpu = thread?.cpu ?? cpu
            return .wait(until: now + patience / 4)
        }
        blocking.giveUp(call, owner: owner(items[state.results.count]))
        state.results.append(.stuck(call.number))
        state.current = nil
        state.thread += 1
        return state.results.count < items.count ? .leftBehind : .done(state.results)
    }

    /// Gives all items without an answer the same one.
    func endRest(as outcome: BlockingWork.Outcome<Value>) -> [BlockingWork.Outcome<Value>] {
        state.withLock { state in
            state.thread += 1
            while state.results.count < items.count { state.results.append(outcome) }
            return state.results
        }
    }
}
