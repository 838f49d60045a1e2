import Linux

/// Reads all locks of one process by one system call, again and again.
///
/// The same call also reads the pointers that led to the locks: the head of the interpreters' list, and each
/// subinterpreter's link and pointer to its lock. So a read that would miss or mistake an interpreter notices the change.
struct GILReader: Sendable {
    let layout: InterpreterLayout
    let interpreters: [Interpreter]
    /// The addresses of the locks, each once, in the order of ``states``.
    let gils: [UInt64]

    private let gil: GILLayout
    private let ranges: [MemoryRange]
    /// The pointers that led to the locks, with their offsets in ``bytes``.
    private let links: [(offset: Int, value: UInt64)]
    /// The offsets of the locks in ``bytes``.
    private let offsets: [Int]
    private var evidence: ConditionEvidence
    /// The result of the last read. A process is read up to a thousand times a second, so a read allocates nothing.
    private var bytes: [UInt8] = []
    /// The content of each lock at the last read that succeeded; empty before the first.
    private(set) var states: [GILState] = []

    /// How often a holder that is in no list of threads is searched for. A thread enters the list before it takes the lock,
    /// but two reads see two moments.
    private static let maxAttempts = 5

    /// The cost of a read: ranges of memory that the kernel looks up.
    var cost: Int { ranges.count }

    /// Finds the locks with the largest budget.
    init(of location: InterpreterLocation, in memory: some MemorySource) throws(ReadingError) {
        var budget = SearchBudget(.large)
        try self.init(of: location, in: memory, within: &budget)
    }

    /// Finds the locks, and verifies that they are locks.
    ///
    /// - Parameter previous: the reader before an interpreter came or went. Its locks need not be verified again.
    init(
        of location: InterpreterLocation,
        in memory: some MemorySource,
        after previous: GILReader? = nil,
        within budget: inout SearchBudget
    ) throws(ReadingError) {
        try budget.spend()
        layout = try InterpreterLayout(of: location, in: memory)
        interpreters = try Interpreter.all(at: location.runtime, layout, in: memory, within: &budget)
        var gils: [UInt64] = []
        for interpreter in interpreters where interpreter.gil != 0 && !gils.contains(interpreter.gil) {
            gils.append(interpreter.gil)
        }
        guard !gils.isEmpty else { throw .noInterpreter }
        self.gils = gils

        var words: [(address: UInt64, value: UInt64)] = [
            (location.runtime &+ layout.runtime.interpretersHead, interpreters[0].address)
        ]
        // New interpreters enter at the head, so the last is the main one: no other ever follows it, and it keeps its lock
        // as long as it is in the list.
        for interpreter in interpreters.dropLast() {
            words.append((interpreter.address &+ layout.interpreter.next, interpreter.next))
            if case .pointerInInterpreter(let offset) = layout.lock {
                words.append((interpreter.address &+ offset, interpreter.gil))
            }
        }
        gil = layout.gil
        let size = gil.size
        let sorted = gils.sorted()
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $1 - $0 >= UInt64(size) }) else { throw .inconsistent }
        let joined = JoinedRanges(
            words.map { MemoryRange($0.address, count: 8) } + gils.map { MemoryRange($0, count: size) }
        )
        ranges = joined.ranges
        links = zip(joined.offsets, words).map { (offset: $0, value: $1.value) }
        offsets = Array(joined.offsets.dropFirst(words.count))
        evidence = ConditionEvidence(location.libc)
        try requireKnownHolders(memory, except: previous?.gils ?? [], within: &budget)
    }

    /// Reads the current content of each lock into ``states``.
    mutating func read(_ memory: some MemorySource) throws(ReadingError) {
        try memory.read(ranges, reusing: &bytes)
        for link in links where bytes.word(at: link.offset) != link.value { throw .inconsistent }
        for offset in offsets { evidence.weigh(bytes, at: offset, layout: gil) }
        for (index, offset) in offsets.enumerated() {
            let state = try GILState(parsing: bytes, at: offset, layout: gil, conditions: evidence.layout)
            if index < states.count { states[index] = state } else { states.append(state) }
        }
    }

    /// Throws unless the holder of each lock is a thread of an interpreter that has the lock.
    private mutating func requireKnownHolders(
        _ memory: some MemorySource,
        except verified: [UInt64],
        within budget: inout SearchBudget
    ) throws(ReadingError) {
        for _ in 1...Self.maxAttempts {
            try budget.spend(ranges.count)
            try read(memory)
            var strangers = 0
            for (gil, state) in zip(gils, states) where state.isHeld && !verified.contains(gil) {
                do {
                    if try holder(state, of: gil, memory, within: &budget) == nil { strangers += 1 }
                } catch .inconsistent {
                    // A thread ended while its list was read.
                    strangers += 1
                }
            }
            if strangers == 0 { return }
        }
        throw .inconsistent
    }

    /// The thread that holds the lock `gil` or held it last; nil if it is in no list of an interpreter with that lock.
    func holder(
        _ state: GILState,
        of gil: UInt64,
        _ memory: some MemorySource,
        within budget: inout SearchBudget
    ) throws(ReadingError) -> ThreadState? {
        for interpreter in interpreters where interpreter.gil == gil {
            let found = try ThreadState.find(
                state.lastHolder,
                of: interpreter,
                layout,
                in: memory,
                within: &budget
            )
            if let found { return found }
        }
        return nil
    }

    /// Whether the C library hides the threads that wait: of all locks or of none, since one library made them.
    var hidesWaiters: Bool { evidence.layout == nil }

    /// Threads that the locks account for. Each holds a lock, waits for one, or waits for another thread to take one.
    var busyThreads: Int {
        states.reduce(0) { sum, state in
            sum + (state.isHeld ? 1 : 0) + (state.contenders?.waitingThreads ?? 0)
                + (state.droppers?.waitingThreads ?? 0)
        }
    }
}
