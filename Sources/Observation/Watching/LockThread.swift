import Linux

/// A thread of an observed process that holds or waits for a lock at this moment.
package struct LockThread: Sendable, Equatable {
    package enum Role: String, Sendable {
        case holds
        case waits
        /// It was asked to drop the lock, and waits until another thread has taken it.
        case handsOver = "hands over"
    }

    /// The kernel's number of the thread; nil for a holder whose interpreter does not keep it (before 3.11).
    package var tid: Int32?
    /// The name that ps(1) shows.
    package var name: String
    package var role: Role
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
        let tasks = "\(proc)/\(location.process.pid)/task"
        let threads = (try? NumberedDirectory.read(tasks)) ?? []
        var found: [LockThread] = []
        var budget = SearchBudget(.large)
        lazy var numbers = numbersInTheirNamespace(threads.map(\.number), tasks, location.process.pid)
        var functions = ThreadFunctions(of: reader, at: location.runtime, memory)
        for (gil, state) in zip(reader.gils, reader.states) where state.isHeld {
            let lock = StackReader.Lock(address: gil, layout: reader.layout.gil, state: state)
            let function = functions?.innermost(ofHolderOf: lock)
            let holder = try? reader.holder(state, of: gil, memory, within: &budget)
            let tid = holder?.nativeID.flatMap { numbers[$0] }
            let name = tid.flatMap { ProcessFiles.name(in: "\(tasks)/\($0)") }
            found.append(LockThread(tid: tid, name: name ?? "?", role: .holds, function: function))
        }
        let states = waiters(reader, memory, within: &budget)
        for thread in threads {
            let task = "\(tasks)/\(thread.number)"
            guard let address = firstArgument(of: task), let role = role(of: address, reader) else { continue }
            let native = states.isEmpty ? nil : numbers.first { $0.value == thread.number }?.key
            found.append(
                LockThread(
                    tid: thread.number,
                    name: ProcessFiles.name(in: task) ?? "?",
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
    private static func numbersInTheirNamespace(_ threads: [Int32], _ tasks: String, _ pid: Int32) -> [UInt64: Int32] {
        // All threads are in the namespace of their process, so most need not be looked up.
        let isHere = numberInItsOwnNamespace("\(tasks)/\(pid)", pid) == UInt64(pid)
        let pairs = threads.map { number in
            (isHere ? UInt64(number) : numberInItsOwnNamespace("\(tasks)/\(number)", number), number)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The role of a thread that waits on a futex(2) within the lock: in its condition and mutex, or in those of the forced
    /// hand-off.
    private static func role(of futex: UInt64, _ reader: GILReader) -> Role? {
        let layout = reader.layout.gil
        for gil in reader.gils {
            let offset = futex &- gil
            if (UInt64(layout.condition)..<UInt64(layout.switchCondition)).contains(offset) { return .waits }
            if (UInt64(layout.switchCondition)..<UInt64(layout.size)).contains(offset) { return .handsOver }
        }
        return nil
    }

    /// The first argument of the system call that the thread is in, from "202 0x7f…": proc_pid_syscall(5). Nil while the
    /// thread runs.
    private static func firstArgument(of task: String) -> UInt64? {
        guard let content = try? ProcFile.read("\(task)/syscall", atMost: 4096) else { return nil }
        let words = content.split(separator: UInt8(ascii: " "))
        guard words.count > 1, words[1].starts(with: "0x".utf8) else { return nil }
        return UInt64(String(decoding: words[1].dropFirst(2), as: UTF8.self), radix: 16)
    }

    /// The last number of "NSpid:", proc_pid_status(5): a thread in a container knows itself by another number than ours.
    static func numberInItsOwnNamespace(_ task: String, _ number: Int32) -> UInt64 {
        ProcessFiles.statusFields("NSpid:", in: task).last.flatMap { UInt64($0) } ?? UInt64(number)
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
