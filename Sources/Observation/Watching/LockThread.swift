import Linux

/// A thread of an observed process that holds or waits for a lock at this moment.
package struct LockThread: Sendable, Equatable {
    /// The kernel's number of the thread; nil for a holder whose interpreter does not keep it (before 3.11).
    package var tid: Int32?
    /// The name that ps(1) shows.
    package var name: String
    package var role: LockRole
    /// The innermost Python function that it is in; nil if it could not be read.
    package var function: PythonFunction?
}

extension LockThread {
    /// All threads of a process that wait on a condition of a lock, or that a lock names as its holder.
    ///
    /// Looking at a thread takes microseconds, in which locks may change hands: waiters and holder are of about the same
    /// moment.
    static func all(of location: InterpreterLocation, proc: String = "/proc") -> [LockThread] {
        let memory = ProcessMemory(pid: location.process.pid)
        guard var reader = try? GILReader(of: location, in: memory), (try? reader.read(memory)) != nil else {
            return []
        }
        let tasks = ProcessTasks(of: location.process.pid, proc: proc)
        let threads = tasks.numbers
        var found: [LockThread] = []
        var budget = SearchBudget(.large)
        lazy var numbers = numbersInTheirNamespace(threads, tasks)
        var functions = ThreadFunctions(of: reader, at: location.runtime, memory)
        for (gil, state) in zip(reader.gils, reader.states) where state.isHeld {
            let lock = StackReader.Lock(address: gil, layout: reader.layout.gil, state: state)
            let function = functions?.innermost(ofHolderOf: lock)
            let holder = try? reader.holder(state, of: gil, memory, within: &budget)
            let tid = holder?.nativeID.flatMap { numbers[$0] }
            let name = tid.flatMap { tasks.name(of: $0) }
            found.append(LockThread(tid: tid, name: name ?? "?", role: .holds, function: function))
        }
        let states = waiters(reader, memory, within: &budget)
        for thread in threads {
            guard let futex = tasks.futex(of: thread), let role = role(of: futex, reader) else { continue }
            let native = states.isEmpty ? nil : numbers.first { $0.value == thread }?.key
            found.append(
                LockThread(
                    tid: thread,
                    name: tasks.name(of: thread) ?? "?",
                    role: role,
                    function: native.flatMap { states[$0] }.flatMap { functions?.innermost(ofWaiterAt: $0) }
                )
            )
        }
        return found
    }

    /// The addresses of all thread states, by the kernel's number of the thread in its own namespace; empty for versions
    /// that do not keep it.
    private static func waiters(
        _ reader: GILReader,
        _ memory: ProcessMemory,
        within budget: inout SearchBudget
    ) -> [UInt64: UInt64] {
        var states: [UInt64: UInt64] = [:]
        guard reader.layout.thread.nativeID != nil else { return states }
        for interpreter in reader.interpreters {
            // Of a list that changes meanwhile, what was read counts.
            _ = try? ThreadState.first(of: interpreter, reader.layout, in: memory, within: &budget) { state in
                if let number = state.nativeID { states[number] = state.address }
                return false
            }
        }
        return states
    }

    /// Maps the numbers that threads have in their own namespace, such as a container, to their numbers here.
    private static func numbersInTheirNamespace(_ threads: [Int32], _ tasks: ProcessTasks) -> [UInt64: Int32] {
        let isHere = tasks.areInThisNamespace
        let pairs = threads.map { (isHere ? UInt64($0) : tasks.ownNumber(of: $0) ?? UInt64($0), $0) }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func role(of futex: UInt64, _ reader: GILReader) -> LockRole? {
        reader.gils.lazy.compactMap { LockRole(futex: futex, in: $0, reader.layout.gil) }.first
    }
}

/// Finds the functions that threads of a process are in.
private struct ThreadFunctions {
    private var reader: StackReader
    private var codes: CodeObjects
    private var profile = StackProfile()
    private let memory: ProcessMemory

    /// - Returns: nil if nothing describes the stacks of the interpreter.
    init?(of gils: GILReader, at runtime: UInt64, _ memory: ProcessMemory) {
        guard let layout = try? StackLayout(of: gils.layout, at: runtime, in: memory) else { return nil }
        (reader, codes, self.memory) = (StackReader(layout), CodeObjects(layout), memory)
    }

    mutating func innermost(ofHolderOf lock: StackReader.Lock) -> PythonFunction? {
        guard let codes = try? reader.read(holderOf: lock, in: memory).codes, let function = innermost(codes),
            (try? reader.verify(lock, in: memory)) != nil
        else { return nil }
        return function
    }

    mutating func innermost(ofWaiterAt thread: UInt64) -> PythonFunction? {
        (try? reader.read(waiterAt: thread, in: memory).codes).flatMap { innermost($0) }
    }

    private mutating func innermost(_ stack: [UInt64]) -> PythonFunction? {
        for code in stack {
            guard let number = try? codes.function(of: code, in: &profile, at: 0, memory) else { continue }
            return profile.functions[Int(number)]
        }
        return nil
    }
}
