/// An interpreter of a process: the main one, or a subinterpreter.
struct Interpreter: Sendable, Hashable {
    /// Of its PyInterpreterState.
    var address: UInt64
    var next: UInt64
    /// Of its lock, which it may share with others; 0 while it is being created and has none.
    var gil: UInt64
}

extension Interpreter {
    /// More than any program is known to have, and few enough to be read at once: three ranges each, of 1,024.
    static let most = 256
    /// Numbers count up from 0 over the life of a process.
    private static let highestID: UInt64 = 1 << 40

    /// All interpreters of a process, the newest first.
    static func all(
        at runtime: UInt64,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within allowance: inout SearchAllowance
    ) throws(ReadingError) -> [Interpreter] {
        try allowance.spend()
        let state = try memory.words([
            runtime &+ layout.runtime.interpretersHead, runtime &+ layout.runtime.finalizing,
        ])
        guard state[0] != 0 else { throw .noInterpreter }
        do {
            return try walk(from: state[0], at: runtime, layout, in: memory, within: &allowance)
        } catch .inconsistent where state[1] != 0 {
            // Py_FinalizeEx is taking apart what we read.
            throw .noInterpreter
        }
    }

    private static func walk(
        from head: UInt64,
        at runtime: UInt64,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within allowance: inout SearchAllowance
    ) throws(ReadingError) -> [Interpreter] {
        var interpreters: [Interpreter] = []
        var ids: Set<UInt64> = []
        var lastID: UInt64?
        var address = head
        while address != 0 {
            guard address.isMultiple(of: 8) else { throw .inconsistent }
            guard interpreters.count < most else { throw .unobservable(.limit) }
            try allowance.spend()
            var fields = [address &+ layout.interpreter.next, address &+ layout.interpreter.id]
            if case .pointerInInterpreter(let offset) = layout.lock { fields.append(address &+ offset) }
            let words = try memory.words(fields)
            // Ids tell a list that ends from one that runs in a circle.
            guard words[1] <= highestID, ids.insert(words[1]).inserted else { throw .inconsistent }
            let gil =
                switch layout.lock {
                case .inRuntime(let offset): runtime &+ offset
                case .pointerInInterpreter: words[2]
                }
            guard gil.isMultiple(of: 8) else { throw .inconsistent }
            interpreters.append(Interpreter(address: address, next: words[0], gil: gil))
            (address, lastID) = (words[0], words[1])
        }
        // The main interpreter is the first to be created and the last to go, and new ones enter at the head.
        guard lastID == 0 else { throw .inconsistent }
        return interpreters
    }
}
