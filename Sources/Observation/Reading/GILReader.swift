import Linux

/// Reads all locks of one process by one system call, again and again.
///
/// With the locks it reads what led to them: the head of the interpreters' list, and each subinterpreter's link and
/// pointer to its lock. So an interpreter that came or went is noticed by the very read that would have missed or
/// mistaken it.
struct GILReader: Sendable {
    let layout: InterpreterLayout
    let interpreters: [Interpreter]
    /// Of the locks, each once; the order of what ``read(_:)`` gives.
    let gils: [UInt64]

    private let gil: GILLayout
    private let ranges: [MemoryRange]
    /// The words that led to the locks, and where they and the locks begin in what is read.
    private let links: [(place: Int, value: UInt64)]
    private let places: [Int]
    private var evidence: ConditionEvidence
    /// What was read last. A process is read up to a thousand times a second: no read takes new memory.
    private var bytes: [UInt8] = []
    /// What stood in each lock at the last read that succeeded; empty before the first.
    private(set) var states: [GILState] = []

    /// How often a holder is looked for that is in no list of threads. It is entered before it may take the lock, but
    /// two reads see two moments.
    private static let attempts = 5

    /// How much of the process's memory one reading looks up: what it costs.
    var cost: Int { ranges.count }

    /// Finds the locks, whatever that costs up to the most that any process may.
    init(of location: InterpreterLocation, in memory: some MemorySource) throws(ReadingError) {
        var allowance = SearchAllowance.largest
        try self.init(of: location, in: memory, within: &allowance)
    }

    /// Finds the locks, and makes sure that they are locks.
    ///
    /// - Parameter previous: what was found before an interpreter came or went. Its locks need no proof any more.
    init(
        of location: InterpreterLocation,
        in memory: some MemorySource,
        after previous: GILReader? = nil,
        within allowance: inout SearchAllowance
    ) throws(ReadingError) {
        try allowance.spend()
        layout = try InterpreterLayout(of: location, in: memory)
        interpreters = try Interpreter.all(at: location.runtime, layout, in: memory, within: &allowance)
        var gils: [UInt64] = []
        for interpreter in interpreters where interpreter.gil != 0 && !gils.contains(interpreter.gil) {
            gils.append(interpreter.gil)
        }
        guard !gils.isEmpty else { throw .noInterpreter }
        self.gils = gils

        var words: [(address: UInt64, value: UInt64)] = [
            (location.runtime &+ layout.runtime.interpretersHead, interpreters[0].address)
        ]
        // New interpreters enter at the head, so the last is the main one: nothing ever follows it, and it has one lock
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
        links = zip(joined.places, words).map { (place: $0, value: $1.value) }
        places = Array(joined.places.dropFirst(words.count))
        evidence = ConditionEvidence(location.libc)
        try requireKnownHolders(memory, except: previous?.gils ?? [], within: &allowance)
    }

    /// Reads what stands in each lock now into ``states``.
    mutating func read(_ memory: some MemorySource) throws(ReadingError) {
        try memory.read(ranges, reusing: &bytes)
        for link in links where bytes.word(at: link.place) != link.value { throw .inconsistent }
        for place in places { evidence.weigh(bytes, at: place, layout: gil) }
        for (index, place) in places.enumerated() {
            let state = try GILState(parsing: bytes, at: place, layout: gil, conditions: evidence.layout)
            if index < states.count { states[index] = state } else { states.append(state) }
        }
    }

    /// Whoever holds a lock is a thread of an interpreter that has it.
    private mutating func requireKnownHolders(
        _ memory: some MemorySource,
        except proven: [UInt64],
        within allowance: inout SearchAllowance
    ) throws(ReadingError) {
        for _ in 1...Self.attempts {
            try allowance.spend(ranges.count)
            try read(memory)
            var strangers = 0
            for (gil, state) in zip(gils, states) where state.isHeld && !proven.contains(gil) {
                do {
                    if try holder(state, of: gil, memory, within: &allowance) == nil { strangers += 1 }
                } catch .inconsistent {
                    // A thread has ended while its list was read.
                    strangers += 1
                }
            }
            if strangers == 0 { return }
        }
        throw .inconsistent
    }

    /// The thread that holds the lock `gil`, or held it last; nil when no interpreter with that lock knows it.
    func holder(
        _ state: GILState,
        of gil: UInt64,
        _ memory: some MemorySource,
        within allowance: inout SearchAllowance
    ) throws(ReadingError) -> ThreadState? {
        for interpreter in interpreters where interpreter.gil == gil {
            let found = try ThreadState.find(
                state.lastHolder,
                of: interpreter,
                layout,
                in: memory,
                within: &allowance
            )
            if let found { return found }
        }
        return nil
    }

    /// Threads that the locks account for: each holds one, or waits for one, or for another thread to take one.
    var busyThreads: Int {
        states.reduce(0) { sum, state in
            sum + (state.isHeld ? 1 : 0) + (state.contenders?.waitingThreads ?? 0)
                + (state.droppers?.waitingThreads ?? 0)
        }
    }
}
