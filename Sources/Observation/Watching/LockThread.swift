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
        for (gil, state) in zip(reader.gils, reader.states) where state.isHeld {
            let holder = try? reader.holder(state, of: gil, memory, within: &budget)
            let tid = holder?.nativeID.flatMap { numbers[$0] }
            let name = tid.flatMap { ProcessFiles.name(in: "\(tasks)/\($0)") }
            found.append(LockThread(tid: tid, name: name ?? "?", role: .holds))
        }
        for thread in threads {
            let task = "\(tasks)/\(thread.number)"
            guard let address = firstArgument(of: task), let role = role(of: address, reader) else { continue }
            found.append(LockThread(tid: thread.number, name: ProcessFiles.name(in: task) ?? "?", role: role))
        }
        return found
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
