import Linux

/// A thread of an observed process that has to do with a lock at this moment.
package struct LockThread: Sendable, Equatable {
    package enum Role: String, Sendable {
        case holds
        case waits
        /// It dropped the lock because it was asked to, and waits until another has taken it.
        case handsOver = "hands over"
    }

    /// The kernel's number of the thread; nil for a holder whose interpreter does not keep it (before 3.11).
    package var tid: Int32?
    /// As ps(1) shows it.
    package var name: String
    package var role: Role
}

extension LockThread {
    /// Looks at every thread of a process: which waits in a lock's condition, and which the lock names as its holder.
    ///
    /// One look takes microseconds for each thread, in which locks change hands: waiters and holder are of about the
    /// same moment.
    static func all(of location: InterpreterLocation, proc: String = "/proc") -> [LockThread] {
        let memory = ProcessMemory(pid: location.process.pid)
        guard var reader = try? GILReader(of: location, in: memory), (try? reader.read(memory)) != nil else {
            return []
        }
        let tasks = "\(proc)/\(location.process.pid)/task"
        let threads = (try? NumberedDirectory.read(tasks)) ?? []
        var found: [LockThread] = []
        var allowance = SearchAllowance.largest
        lazy var numbers = numbersInTheirNamespace(threads.map(\.number), tasks, location.process.pid)
        for (gil, state) in zip(reader.gils, reader.states) where state.isHeld {
            let holder = try? reader.holder(state, of: gil, memory, within: &allowance)
            let tid = holder?.nativeID.flatMap { numbers[$0] }
            found.append(LockThread(tid: tid, name: tid.flatMap { name(of: "\(tasks)/\($0)") } ?? "?", role: .holds))
        }
        for thread in threads {
            let task = "\(tasks)/\(thread.number)"
            guard let address = firstArgument(of: task), let role = role(of: address, reader) else { continue }
            found.append(LockThread(tid: thread.number, name: name(of: task) ?? "?", role: role))
        }
        return found
    }

    /// What threads call themselves, and what they are called here: in a container the numbers differ.
    private static func numbersInTheirNamespace(_ threads: [Int32], _ tasks: String, _ pid: Int32) -> [UInt64: Int32] {
        // Threads are in the namespace of their process, so most need not be asked.
        let isHere = numberInItsOwnNamespace("\(tasks)/\(pid)", pid) == UInt64(pid)
        let pairs = threads.map { number in
            (isHere ? UInt64(number) : numberInItsOwnNamespace("\(tasks)/\(number)", number), number)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// A thread waits for what its futex(2) lies in: the lock's condition and mutex, or those of the forced hand-off.
    private static func role(of futex: UInt64, _ reader: GILReader) -> Role? {
        let layout = reader.layout.gil
        for gil in reader.gils {
            let offset = futex &- gil
            if (UInt64(layout.condition)..<UInt64(layout.switchCondition)).contains(offset) { return .waits }
            if (UInt64(layout.switchCondition)..<UInt64(layout.size)).contains(offset) { return .handsOver }
        }
        return nil
    }

    /// Of the system call that the thread is in, "202 0x7f…": proc_pid_syscall(5). Nil while it runs.
    private static func firstArgument(of task: String) -> UInt64? {
        guard let content = try? ProcFile.read("\(task)/syscall", atMost: 4096) else { return nil }
        let words = content.split(separator: UInt8(ascii: " "))
        guard words.count > 1, words[1].starts(with: "0x".utf8) else { return nil }
        return UInt64(String(decoding: words[1].dropFirst(2), as: UTF8.self), radix: 16)
    }

    private static func name(of task: String) -> String? {
        (try? ProcFile.read("\(task)/comm", atMost: 4096)).map { content in
            String(decoding: content.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
    }

    /// In a container a thread knows itself by another number than we do: the last of "NSpid:", proc_pid_status(5).
    private static func numberInItsOwnNamespace(_ task: String, _ number: Int32) -> UInt64 {
        let outer = UInt64(number)
        guard let status = try? ProcFile.read("\(task)/status", atMost: 1 << 16) else { return outer }
        let line = status.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "NSpid:".utf8) }
        let last = line?.split(separator: UInt8(ascii: "\t")).last
        return last.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) } ?? outer
    }
}
