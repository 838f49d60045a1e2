/// An interpreter of a process: the main one, or a subinterpreter.
struct Interpreter: Sendable, Hashable {
    /// The address of its PyInterpreterState.
    var address: UInt64
    var next: UInt64
    /// The address of its lock, which it may share with others; 0 while it is being created.
    var gil: UInt64
}

extension Interpreter {
    /// More than any known program has, and few enough for one read: up to three ranges each, of 1,024 in all.
    static let maxCount = 256
    /// Ids count up from 0 over the life of a process.
    private static let maxID: UInt64 = 1 << 40

    /// All interpreters of a process, the newest first.
    static func all(
        at runtime: UInt64,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within budget: inout SearchBudget
    ) throws(ReadingError) -> [Interpreter] {
        try budget.spend()
        let state = try memory.words([
            runtime &+ layout.runtime.interpretersHead, runtime &+ layout.runtime.finalizing,
        ])
        guard state[0] != 0 else { throw .noInterpreter }
        do {
            return try walk(from: state[0], at: runtime, layout, in: memory, within: &budget)
        } catch .inconsistent where state[1] != 0 {
            // Py_FinalizeEx is dismantling the list.
            throw .noInterpreter
        }
    }

    private static func walk(
        from head: UInt64,
        at runtime: UInt64,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within budget: inout SearchBudget
    ) throws(ReadingError) -> [Interpreter] {
        var interpreters: [Interpreter] = []
        var ids: Set<UInt64> = []
        var lastID: UInt64?
        var address = head
        while address != 0 {
            guard address.isMultiple(of: 8) else { throw .inconsistent }
            guard interpreters.count < maxCount else { throw .unobservable(.limit) }
            try budget.spend()
            var fields = [address &+ layout.interpreter.next, address &+ layout.interpreter.id]
            if case .pointerInInterpreter(let offset) = layout.lock { fields.append(address &+ offset) }
            let words = try memory.words(fields)
            // A repeated id reveals a list that runs in a circle.
            guard words[1] <= maxID, ids.insert(words[1]).inserted else { throw .inconsistent }
            let gil =
                switch layout.lock {
                case .inRuntime(let offset): runtime &+ offset
                case .pointerInInterpreter: words[2]
                }
            guard gil.isMultiple(of: 8) else { throw .inconsistent }
            interpreters.append(Interpreter(address: address, next: words[0], gil: gil))
            (address, lastID) = (words[0], words[1])
        }
        // The main interpreter is created first and removed last, and new ones enter at the head.
        guard lastID == 0 else { throw .inconsistent }
        return interpreters
    }
}

/// A PyThreadState: a thread as an interpreter sees it.
struct ThreadState: Sendable, Hashable {
    var address: UInt64
    /// The kernel's number of the thread in the process's own pid namespace; nil if the interpreter does not keep it.
    var nativeID: UInt64?
}

extension ThreadState {
    /// The thread state at address `wanted`, if it is in the list of an interpreter.
    static func find(
        _ wanted: UInt64,
        of interpreter: Interpreter,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within budget: inout SearchBudget
    ) throws(ReadingError) -> ThreadState? {
        try first(of: interpreter, layout, in: memory, within: &budget) { $0.address == wanted }
    }

    /// The first thread state in the list of an interpreter that is wanted.
    static func first(
        of interpreter: Interpreter,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within budget: inout SearchBudget,
        where isWanted: (ThreadState) -> Bool
    ) throws(ReadingError) -> ThreadState? {
        var seen: Set<UInt64> = []
        try budget.spend()
        var address = try memory.words([interpreter.address &+ layout.interpreter.threadsHead])[0]
        while address != 0 {
            guard address.isMultiple(of: 8), seen.insert(address).inserted else { throw .inconsistent }
            try budget.spend()
            let fields = [layout.thread.next, layout.thread.nativeID].compactMap { $0 }.map { address &+ $0 }
            let words = try memory.words(fields)
            let state = ThreadState(address: address, nativeID: words.count > 1 ? words[1] : nil)
            if isWanted(state) { return state }
            address = words[0]
        }
        return nil
    }
}

extension MemorySource {
    /// The number that a thread has in its own pid namespace; nil if it cannot be read.
    ///
    /// - Parameters:
    ///   - thread: the address of its PyThreadState.
    ///   - offset: of the number in that; nil before Python 3.11, which does not have it.
    func nativeID(ofThread thread: UInt64, at offset: UInt64?) -> UInt64? {
        offset.flatMap { try? words([thread &+ $0])[0] }
    }
}
