/// Finds out what holds the locks of one process, and what waits for them: at each sample it reads the stacks, and charges
/// them when it is known for how long the sample counts.
struct ProcessProfiler: Sendable {
    private var holders = LockProfiler()
    private var waiters: WaiterProfiler
    /// The stacks of the holders at the newest sample, in the order of the locks.
    private var holding: [[UInt32]] = []
    /// Those of the waiters, and the samples for which they stand; nil if the newest sample did not look for them.
    private var waiting: (stacks: WaiterProfiler.Stacks, weight: Double)?

    init(of pid: Int32) { waiters = WaiterProfiler(of: pid) }

    /// Reads the stacks of an interpreter with another layout from now on, as after execve(2).
    mutating func adopt(_ layout: StackLayout?) {
        holders.adopt(layout)
        waiters.adopt(layout)
    }

    /// Reads the stacks at the locks.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of the time by which names are remembered.
    ///   - waiterWeight: the samples for which this one stands if it looks for waiters; nil if it does not.
    mutating func look(at reader: GILReader, _ now: UInt64, waiterWeight: Double?, _ memory: some MemorySource) {
        holding.removeAll(keepingCapacity: true)
        for (address, state) in zip(reader.gils, reader.states) {
            let lock = StackReader.Lock(address: address, layout: reader.layout.gil, state: state)
            holding.append(holders.stack(of: lock, at: now, memory))
        }
        waiting = waiterWeight.map { (waiters.look(at: reader, now, memory), $0) }
    }

    /// Charges the holder of a lock.
    ///
    /// - Parameter index: of the lock.
    mutating func charge(_ cost: LockCost, at index: Int) {
        if index < holding.count { holders.charge(holding[index], cost) }
        waiters.add(waits: cost.waits)
    }

    /// Charges the threads that wait for a lock.
    ///
    /// - Parameter elapsed: nanoseconds for which the sample counts.
    mutating func chargeWaiters(_ elapsed: UInt64, at index: Int, _ state: GILState) {
        guard let waiting, index < waiting.stacks.count else { return }
        waiters.charge(
            waiting.stacks[index],
            UInt64(Double(elapsed) * waiting.weight),
            waiting: state.contenders?.waitingThreads ?? 0
        )
    }

    /// The profile since the last call; nil if it is empty.
    mutating func take() -> LockProfile? {
        guard !holders.isEmpty || !waiters.isEmpty else { return nil }
        var taken = LockProfile()
        taken.holders = holders.take()
        taken.waiters = waiters.take()
        return taken
    }
}
