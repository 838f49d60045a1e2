/// A PyThreadState: a thread as an interpreter sees it.
struct ThreadState: Sendable, Hashable {
    var address: UInt64
    /// The kernel's number of the thread in the process's own pid namespace; nil where the interpreter does not keep it.
    var nativeID: UInt64?
}

extension ThreadState {
    /// The thread state at `address`, if it is in the list of an interpreter.
    static func find(
        _ wanted: UInt64,
        of interpreter: Interpreter,
        _ layout: InterpreterLayout,
        in memory: some MemorySource,
        within allowance: inout SearchAllowance
    ) throws(ReadingError) -> ThreadState? {
        var seen: Set<UInt64> = []
        try allowance.spend()
        var address = try memory.words([interpreter.address &+ layout.interpreter.threadsHead])[0]
        while address != 0 {
            guard address.isMultiple(of: 8), seen.insert(address).inserted else { throw .inconsistent }
            try allowance.spend()
            let fields = [layout.thread.next, layout.thread.nativeID].compactMap { $0 }.map { address &+ $0 }
            let words = try memory.words(fields)
            if address == wanted { return ThreadState(address: address, nativeID: words.count > 1 ? words[1] : nil) }
            address = words[0]
        }
        return nil
    }
}
