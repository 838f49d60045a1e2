import Glibc
import Linux

/// Notices that Python processes may have started, so that they need not wait for the next scan. It takes no privilege.
///
/// There are two signs. A program is executed that is known to run Python: execve(2) opens its file, which inotify(7)
/// reports. Or the kernel has given out numbers for new processes while a Python process runs, which may have forked:
/// fork(2) opens no file. The thread that samples such a process wakes up anyway, and compares the newest number. While no
/// Python process starts or runs, nothing wakes up.
///
/// The proc connector (CN_PROC of netlink(7)) would report both, but takes CAP_NET_ADMIN in the first namespaces
/// (drivers/connector/cn_proc.c) and a wake-up for every process of the host.
final class StartWatch: Sendable {
    /// The processes that may be new.
    enum Candidates: Equatable {
        case numbers([Int32])
        /// Known processes that may have executed another program: ``TrackedProcess/isInterrupted``.
        case interrupted([Int32])
        /// The numbers are unknown.
        case all
    }

    private struct File: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private struct State {
        var watches: [CInt: (file: File, program: String)] = [:]
        /// The programs of ``watches``.
        var watched: Set<String> = []
        /// Programs whose files cannot be watched, or are under another name. Only their forks are a sign.
        var others: Set<String> = []
        /// The newest number that the sampling thread has seen.
        var newest: Int32?
        /// Whether the scanning thread was woken for that number.
        var isNoted = false
    }

    /// Programs of a host full of containers, each of which has files of its own.
    private static let maxFiles = 1024
    /// Numbers in one look. A host that starts more processes in the meantime leaves the rest to the next scan.
    private static let maxNumbers: Int32 = 512
    /// Numbers before the newest that a process may have got before it executed Python.
    private static let maxAge: Int32 = 128

    /// Programs that are known before a process runs them.
    private static let usual = ["/usr/bin/python3", "/usr/local/bin/python3"]

    private let proc: String
    /// Nil where they cannot be watched.
    private let openings: FileOpenings?
    private let number: NewestNumber?
    private let wakeUp: WakeUp
    private let state = Protected(State())

    init(proc: String = "/proc", blocking: BlockingWork = BlockingWork()) throws(SystemError) {
        self.proc = proc
        wakeUp = try WakeUp()
        openings = try Self.makeOpenings()
        let opened = Shortage.absent {
            blocking.map([proc], owner: { _ in 0 }) { proc, _ in NewestNumber(proc: proc) }
        }
        guard let opened else { throw SystemError("open \(proc)/loadavg", code: EMFILE) }
        if case .done(let number)? = opened.first { self.number = number } else { number = nil }
        guard proc == "/proc" else { return }
        _ = blocking.map(Self.usual, owner: { _ in 0 }) { path, _ in
            guard let program = SymbolicLink.end(of: path) else { return }
            self.know(program, at: program)
        }
    }

    /// - Throws: for want of a descriptor. inotify_init1(2) reports the same error if the user has too many queues.
    private static func makeOpenings() throws(SystemError) -> FileOpenings? {
        do { return try FileOpenings() } catch {
            guard error.isShortage else { return nil }
        }
        _ = try OwnedDescriptor(opening: "/")
        return try? FileOpenings()
    }

    // MARK: for all threads

    /// Whether a process has a program that is known to run Python. Does not access the program's file.
    func runsPython(ofProcess pid: Int32) -> Bool {
        guard let program = ProcessFiles(proc: proc, pid: pid).programPath() else { return false }
        return state.withLock { $0.watched.contains(program) || $0.others.contains(program) }
    }

    /// Watches the program of a Python process from now on. May block, as every access to a file.
    func know(_ pid: Int32) {
        let files = ProcessFiles(proc: proc, pid: pid)
        guard let program = files.programPath() else { return }
        know(program, at: "\(files.directory)/exe")
    }

    /// - Parameter path: leads to the file of `program`, which may be in a container.
    func know(_ program: String, at path: String) {
        let file = FileIdentity(regularFileAt: path).map { File(device: $0.device, inode: $0.inode) }
        state.withLock { state in
            let isWatched = state.watches.values.contains { $0.file == file }
            if let openings, let file, !isWatched, state.watches.count < Self.maxFiles,
                let watch = openings.watch(path)
            {
                state.watches[watch] = (file, program)
                state.watched.insert(program)
            } else if !state.watched.contains(program), state.others.count < Self.maxFiles {
                state.others.insert(program)
            }
        }
    }

    /// To be called now and then while Python processes run.
    func checkNumbers() {
        guard let newest = number?.read() else { return }
        let isNews = state.withLock { state in
            guard let known = state.newest, known != newest else {
                state.newest = newest
                return false
            }
            state.newest = newest
            defer { state.isNoted = true }
            return !state.isNoted
        }
        if isNews { wakeUp.signal() }
    }

    /// Ends a wait.
    func wake() { wakeUp.signal() }

    // MARK: for the scanning thread

    /// Waits for a sign, ``wake()`` or the deadline: nanoseconds of ``KernelClock/monotonic()``.
    ///
    /// - Returns: false if only the deadline has come. After anything else, ``take(after:)`` must follow: until then, a new
    ///   number is no further sign.
    func wait(until deadline: UInt64) -> Bool { wakeUp.wait(orFor: openings?.descriptor, until: deadline) }

    /// The processes that may have started.
    ///
    /// - Parameter last: the newest number at the previous call.
    func take(after last: inout Int32?) -> Candidates {
        let news = openings?.news() ?? FileOpenings.News()
        let isNoted = state.withLock { state in
            for watch in news.ended { state.watches[watch] = nil }
            if !news.ended.isEmpty { state.watched = Set(state.watches.values.map(\.program)) }
            defer { state.isNoted = false }
            return state.isNoted
        }
        guard news.isOpened || isNoted else { return .numbers([]) }
        guard let newest = number?.read() else { return news.isOpened ? .all : .numbers([]) }
        defer { last = newest }
        return .numbers(Self.numbers(to: newest, after: last, isExec: news.isOpened))
    }

    /// The kernel gives out numbers in a circle, so the newest may be smaller than the one before.
    static func numbers(to newest: Int32, after last: Int32?, isExec: Bool) -> [Int32] {
        var first = max(newest - maxNumbers, 0) + 1
        let isCircled = last.map { $0 > newest } ?? true
        if let last, !isCircled { first = max(first, last + 1) }
        if isExec { first = min(first, max(newest - maxAge, 0) + 1) }
        return first <= newest ? Array(first...newest) : []
    }
}
