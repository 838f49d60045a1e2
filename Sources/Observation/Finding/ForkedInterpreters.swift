import Linux

/// Recognises the forks of known Python processes. It costs a small file and a byte of memory of each, where a detection
/// parses hundreds of lines of its mappings.
///
/// fork(2) copies the address space, so an interpreter is where the parent has it. As long as neither executes another
/// program, both have the same auxiliary vector, with the random addresses that the kernel chose for it: getauxval(3).
///
/// Safe to use from several threads.
final class ForkedInterpreters: Sendable {
    /// Whether a process has memory at an address.
    typealias MemoryTest = @Sendable (_ pid: Int32, _ address: UInt64) -> Bool

    private let proc: String
    private let remembered: @Sendable (Int32) -> KnownInterpreter?
    private let hasMemory: MemoryTest
    private let new = Protected<[Int32: KnownInterpreter]>([:])

    /// - Parameter remembered: the interpreter of a process, if it is known.
    init(
        proc: String,
        hasMemory: @escaping MemoryTest = ForkedInterpreters.hasMemory,
        remembered: @escaping @Sendable (Int32) -> KnownInterpreter?
    ) {
        self.proc = proc
        self.hasMemory = hasMemory
        self.remembered = remembered
    }

    /// Adds a process that has been found since.
    func know(_ interpreter: KnownInterpreter) {
        new.withLock { $0[interpreter.location.process.pid] = interpreter }
    }

    /// - Returns: nil for a process that is not known to be a fork of a known one.
    func location(of pid: Int32, mark: Int) -> InterpreterLocation? {
        guard let stat = ProcessFiles(proc: proc, pid: pid).stat(),
            let parent = new.withLock({ $0[stat.parent] }) ?? remembered(stat.parent), parent.mark == mark,
            parent.location.process.startTime <= stat.startTicks,
            // If the C library is unknown, the parent may have been seen while it was being loaded.
            parent.location.libc.isKnown,
            // The parent may have loaded its libpython after the fork.
            hasMemory(pid, parent.location.runtime)
        else { return nil }
        var location = parent.location
        location.process = ProcessIdentity(pid: pid, startTime: stat.startTicks)
        know(KnownInterpreter(location: location, mark: mark))
        return location
    }

    private static func hasMemory(_ pid: Int32, _ address: UInt64) -> Bool {
        var bytes: [UInt8] = []
        return (try? ProcessMemory(pid: pid).read([MemoryRange(address, count: 1)], into: &bytes)) != nil
    }
}

/// An interpreter that was found, and the mark of its process: ``ProcessFiles/programMark()``.
struct KnownInterpreter: Sendable {
    let location: InterpreterLocation
    let mark: Int
}
