import Linux

/// The threads of a process as the kernel shows them: /proc/PID/task.
struct ProcessTasks: Sendable {
    let path: String
    private let pid: Int32

    init(of pid: Int32, proc: String = "/proc") {
        self.pid = pid
        path = "\(proc)/\(pid)/task"
    }

    /// The kernel's numbers of all threads.
    var numbers: [Int32] { ((try? NumberedDirectory.read(path)) ?? []).map(\.number) }

    func name(of number: Int32) -> String? { ProcessFiles.name(in: "\(path)/\(number)") }

    /// What a thread does, by its system call.
    enum Activity: Sendable, Equatable {
        /// It has a CPU, or waits for one.
        case running
        /// It sleeps in a system call with this first argument: in futex(2), the address on which it waits.
        case sleeping(UInt64)
    }

    /// From "running", or "202 0x7f…": proc_pid_syscall(5).
    func activity(of number: Int32) -> Activity? {
        guard let content = ProcFile.record("\(path)/\(number)/syscall", atMost: 512) else { return nil }
        if content.starts(with: "running".utf8) { return .running }
        let words = content.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count > 1, words[1].starts(with: "0x".utf8) else { return nil }
        return UInt64(String(decoding: words[1].dropFirst(2), as: UTF8.self), radix: 16).map { .sleeping($0) }
    }

    /// The address on which a thread waits, if it sleeps in futex(2).
    func futex(of number: Int32) -> UInt64? {
        if case .sleeping(let address)? = activity(of: number) { address } else { nil }
    }

    /// Whether the threads have the same numbers in their own pid namespace, unlike those of a container. All threads are in
    /// the namespace of their process.
    var areInThisNamespace: Bool { ownNumber(of: pid).map { $0 == UInt64(pid) } ?? true }

    /// The number that a thread has in its own pid namespace, by which it knows itself: the last of "NSpid:",
    /// proc_pid_status(5). Nil if the thread has ended, or for want of a descriptor.
    func ownNumber(of number: Int32) -> UInt64? {
        ProcessFiles.statusFields("NSpid:", in: "\(path)/\(number)").last.flatMap { UInt64($0) }
    }
}

/// What a thread does at a lock.
package enum LockRole: String, Sendable {
    case holds
    case waits
    /// It was asked to drop the lock, and waits until another thread has taken it.
    case handsOver = "hands over"

    /// The role of a thread that waits on a futex within a lock: in its condition and mutex, or in those of the forced
    /// hand-off.
    ///
    /// - Returns: nil for a futex elsewhere.
    init?(futex: UInt64, in gil: UInt64, _ layout: GILLayout) {
        let offset = futex &- gil
        if (UInt64(layout.condition)..<UInt64(layout.switchCondition)).contains(offset) {
            self = .waits
        } else if (UInt64(layout.switchCondition)..<UInt64(layout.size)).contains(offset) {
            self = .handsOver
        } else {
            return nil
        }
    }
}
