import Linux

/// Finds out what waits for the locks of one process: the stacks of the threads that want one, charged with the time for
/// which they wait. Go calls this a block profile.
///
/// The kernel shows the futex on which a thread sleeps, which is part of the lock, and the interpreter keeps the number of
/// each thread from 3.11 on. A thread that waits for the lock runs no Python code, so its stack stands still.
struct WaiterProfiler: Sendable {
    /// The stacks that were found waiting for each lock, in the order of the locks.
    typealias Stacks = [[[UInt32]]]

    private let tasks: ProcessTasks
    /// Nil if nothing describes the stacks of the interpreter.
    private var source: (reader: StackReader, codes: CodeObjects)?
    private var states = ThreadStates()
    private var profile = StackProfile()
    /// Ended waits that no stack was charged with yet.
    private var openWaits: UInt64 = 0

    /// Threads that are looked at. Each takes some microseconds, and the process decides how many there are.
    fileprivate static let maxThreads = 256

    init(of pid: Int32) { tasks = ProcessTasks(of: pid) }

    /// Reads the stacks of an interpreter with another layout from now on, as after execve(2).
    mutating func adopt(_ layout: StackLayout?) {
        source = layout.map { (StackReader($0), CodeObjects($0)) }
        states = ThreadStates()
    }

    /// Reads the stacks of the threads that wait for the locks.
    mutating func look(at reader: GILReader, _ now: UInt64, _ memory: some MemorySource) -> Stacks {
        var found = Stacks(repeating: [], count: reader.gils.count)
        guard reader.states.contains(where: { $0.contenders?.waitingThreads ?? 0 > 0 }) else { return found }
        let threads = tasks.numbers.prefix(Self.maxThreads).map { ($0, tasks.activity(of: $0)) }
        for (index, state) in reader.states.enumerated() {
            let waiting = state.contenders?.waitingThreads ?? 0
            guard waiting > 0 else { continue }
            let gil = reader.gils[index]
            var waiters: [(number: Int32, isAsleep: Bool)] = []
            var running: [Int32] = []
            for case (let number, let activity?) in threads {
                switch activity {
                case .sleeping(let futex):
                    if LockRole(futex: futex, in: gil, reader.layout.gil) == .waits { waiters.append((number, true)) }
                case .running: running.append(number)
                }
            }
            // A waiter wakes up after each switch interval. On a busy host it waits for a CPU then, and does not differ from
            // a thread that computes without the lock. So it is known only if no others run, except for those that hand
            // the lock over, and want it next.
            let missing = waiting - waiters.count
            if missing > 0 {
                let awake = running.filter { number in
                    let address = states.address(of: number, waitingFor: gil, tasks, reader, at: now, memory)
                    return address.map { !state.isHeld || $0 != state.lastHolder } ?? false
                }
                if awake.count <= missing + (state.droppers?.waitingThreads ?? 0) {
                    waiters += awake.map { ($0, false) }
                }
            }
            found[index] = stacks(of: waiters, at: gil, state, reader, now, memory)
        }
        return found
    }

    private mutating func stacks(
        of waiters: [(number: Int32, isAsleep: Bool)],
        at gil: UInt64,
        _ state: GILState,
        _ reader: GILReader,
        _ now: UInt64,
        _ memory: some MemorySource
    ) -> [[UInt32]] {
        let stacks = waiters.map { stack(of: $0.number, waitingFor: gil, reader, now, memory) }
        let switches = try? memory.words([gil &+ UInt64(reader.layout.gil.switchNumber)])[0]
        let unknown = [profile.number(of: .unknown)]
        // Nobody has taken the lock, so all wait still.
        guard switches != state.switches else { return stacks.map { $0 ?? unknown } }
        return zip(waiters, stacks).map { waiter, stack in
            // One that has run meanwhile, and waits again, would be mistaken. It cannot have run for long.
            guard waiter.isAsleep, let stack, let futex = tasks.futex(of: waiter.number),
                LockRole(futex: futex, in: gil, reader.layout.gil) == .waits
            else { return unknown }
            return stack
        }
    }

    private mutating func stack(
        of number: Int32,
        waitingFor gil: UInt64,
        _ reader: GILReader,
        _ now: UInt64,
        _ memory: some MemorySource
    ) -> [UInt32]? {
        guard let state = states.address(of: number, waitingFor: gil, tasks, reader, at: now, memory),
            let (codes, isCut) = try? source?.reader.read(waiterAt: state, in: memory)
        else { return nil }
        return try? source?.codes.functions(of: codes, isCut: isCut, in: &profile, at: now, memory).functions
    }

    /// Charges the time for which threads waited for one lock.
    ///
    /// - Parameters:
    ///   - stacks: those that were found.
    ///   - nanoseconds: for which each waiting thread is charged.
    ///   - waiting: the waiting threads, by the lock. What they waited is the sum that is charged.
    mutating func charge(_ stacks: [[UInt32]], _ nanoseconds: UInt64, waiting: Int) {
        guard waiting > 0 else { return }
        let missing = max(0, waiting - stacks.count)
        if missing > 0 {
            let time = nanoseconds.multipliedReportingOverflow(by: UInt64(missing)).partialValue
            profile.charge([profile.number(of: .unknown)], LockCost(wait: time))
        }
        // A thread that has begun to wait since the lock was read makes one too many.
        let share = stacks.count > waiting ? Double(waiting) / Double(stacks.count) : 1
        for stack in stacks { profile.charge(stack, LockCost(wait: UInt64(Double(nanoseconds) * share))) }
        let ended = stacks.isEmpty ? 0 : openWaits / UInt64(stacks.count)
        for stack in stacks { profile.charge(stack, LockCost(waits: ended)) }
        openWaits -= ended * UInt64(stacks.count)
    }

    /// Adds waits that have ended. The threads that are found next are charged with them.
    mutating func add(waits: UInt64) { openWaits &+= waits }

    var isEmpty: Bool { profile.isEmpty }

    /// The costs since the last call.
    mutating func take() -> StackProfile {
        let taken = profile
        profile.reset()
        return taken
    }
}

/// The addresses of thread states, by the lock and the kernel's number of the thread.
private struct ThreadStates: Sendable {
    private struct Key: Hashable {
        let gil: UInt64
        let number: UInt64
    }

    private var addresses: [Key: UInt64] = [:]
    /// The numbers of threads in the namespace of their process, by their numbers here; nil if they are the same.
    private var ownNumbers: [Int32: UInt64]?
    private var readAt: UInt64?

    /// Nanoseconds. Threads come and go, and each takes a reading.
    private static let interval: UInt64 = 1_000_000_000
    private static let size = SearchSize.small

    /// - Returns: nil if the interpreter does not keep the numbers of threads, or if the thread is too new to be known.
    mutating func address(
        of number: Int32,
        waitingFor gil: UInt64,
        _ tasks: ProcessTasks,
        _ reader: GILReader,
        at now: UInt64,
        _ memory: some MemorySource
    ) -> UInt64? {
        guard let offset = reader.layout.thread.nativeID else { return nil }
        if readAt == nil { read(tasks, reader, at: now, memory) }
        if let known = known(number, gil, offset, memory) { return known }
        guard let readAt, now >= readAt + Self.interval else { return nil }
        read(tasks, reader, at: now, memory)
        return known(number, gil, offset, memory)
    }

    private func known(_ number: Int32, _ gil: UInt64, _ offset: UInt64, _ memory: some MemorySource) -> UInt64? {
        let own = ownNumbers.map { $0[number] } ?? UInt64(number)
        guard let own, let address = addresses[Key(gil: gil, number: own)] else { return nil }
        // The state of a thread that has ended may be that of another one now.
        return (try? memory.words([address &+ offset])[0]) == own ? address : nil
    }

    private mutating func read(
        _ tasks: ProcessTasks,
        _ reader: GILReader,
        at now: UInt64,
        _ memory: some MemorySource
    ) {
        readAt = now
        var budget = SearchBudget(Self.size)
        addresses = [:]
        for interpreter in reader.interpreters {
            // Of a list that changes meanwhile, what was read counts.
            _ = try? ThreadState.first(of: interpreter, reader.layout, in: memory, within: &budget) { state in
                if let number = state.nativeID {
                    addresses[Key(gil: interpreter.gil, number: number)] = state.address
                }
                return false
            }
        }
        if tasks.areInThisNamespace {
            ownNumbers = nil
        } else {
            let numbers = tasks.numbers.prefix(WaiterProfiler.maxThreads).map {
                ($0, tasks.ownNumber(of: $0) ?? UInt64($0))
            }
            ownNumbers = Dictionary(numbers) { first, _ in first }
        }
    }
}
