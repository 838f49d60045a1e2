/// A PyThreadState: a thread as an interpreter sees it.
struct ThreadState: Sendable, Hashable {
    var address: UInt64
    /// The kernel's number of the thread in the process's own pid namespace; nil where the interpreter does not keep it.
    var nativeID: UInt64?
}

extension ThreadState {
    /// As many are looked at; a process has no more threads with thread-local stacks of 8 MiB in 128 GiB.
    static let most = 1 << 14

    /// The thread states of an interpreter, in the order of its list.
    static func all(
        of interpreter: Interpreter,
        _ layout: InterpreterLayout,
        in memory: some MemorySource
    ) throws(ReadingError) -> [ThreadState] {
        var threads: [ThreadState] = []
        var seen: Set<UInt64> = []
        var address = try memory.words([interpreter.address &+ layout.interpreter.threadsHead])[0]
        while address != 0 {
            guard address.isMultiple(of: 8), threads.count < most, seen.insert(address).inserted else {
                throw .inconsistent
            }
            let fields = [layout.thread.next, layout.thread.nativeID].compactMap { $0 }.map { address &+ $0 }
            let words = try memory.words(fields)
            threads.append(ThreadState(address: address, nativeID: words.count > 1 ? words[1] : nil))
            address = words[0]
        }
        return threads
    }
}
