import Glibc
import Linux
import Systemd

/// Writes log entries one after the other, on a thread of its own.
///
/// A write can block for ever: on a pipe whose reader does not read, a stopped terminal, a journal with a full queue
/// or a dead file server. Standard error cannot be made non-blocking, because it shares the flag with other processes
/// (open file description, fcntl(2)). So only this thread waits, and entries that do not fit the queue meanwhile are
/// dropped.
final class LogDelivery: Sendable {
    enum Entry: Sendable {
        case line([UInt8])
        /// Fields for the journal, or the line if there is no journal.
        case journal([Journal.Field], orLine: [UInt8])

        fileprivate var size: Int {
            switch self {
            case .line(let bytes): bytes.count
            case .journal(let fields, let line):
                fields.reduce(line.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            }
        }
    }

    /// The maximum size of the queue in bytes: some thousand messages.
    private let capacity: Int
    private let write: @Sendable (Entry) -> Bool
    private let lost: @Sendable () -> Void

    private struct State: Sendable {
        var queue: [Entry] = []
        /// Bytes in the queue and in the entries that are being written.
        var size = 0
        var isIdle = true

        var isDone: Bool { queue.isEmpty && isIdle }
    }

    private let state = Monitor(State())

    /// Starts the thread, which runs as long as the program.
    ///
    /// - Parameters:
    ///   - write: returns whether the entry is written.
    ///   - lost: called for each entry that could not be written.
    init(
        capacity: Int = 1 << 20,
        write: @escaping @Sendable (Entry) -> Bool = LogDelivery.write,
        lost: @escaping @Sendable () -> Void = {}
    ) throws(SystemError) {
        self.capacity = capacity
        self.lost = lost
        self.write = write
        try POSIXThread(name: "gil-log") { [self] in deliver() }.detach()
    }

    /// Returns at once. False: the queue has no room for the entry.
    func add(_ entry: Entry) -> Bool {
        let entrySize = entry.size
        return state.update { state in
            guard entrySize <= capacity - state.size else { return false }
            state.size += entrySize
            state.queue.append(entry)
            return true
        }
    }

    /// Waits until everything is written, but no longer than `limit`.
    ///
    /// - Returns: whether everything is written.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        state.wait(until: .now + limit) { $0.isDone }
    }

    private func deliver() {
        while true {
            state.update { $0.isIdle = true }
            let entries = state.wait(for: { !$0.queue.isEmpty }) { state, _ in
                defer { state.queue = [] }
                state.isIdle = false
                return state.queue
            }
            for entry in entries {
                if !write(entry) { lost() }
                state.withLock { $0.size -= entry.size }
            }
        }
    }

    static func write(_ entry: Entry) -> Bool {
        switch entry {
        case .line(let bytes):
            return LogOutput.standardError.write(bytes)
        case .journal(let fields, let line):
            do {
                // Where there is no journal, as in a changed root, sd_journal_sendv(3) reports no error.
                guard unsafe access("/run/systemd/journal/socket", W_OK) == 0 else {
                    throw SystemError("find the journal")
                }
                try Journal.send(fields)
                return true
            } catch {
                // A line without fields is better than nothing.
                return LogOutput.standardError.write(line)
            }
        }
    }
}

/// A descriptor for log lines, to which other threads and processes write as well.
struct LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    let descriptor: CInt

    /// Writes a line by a single write(2), so that lines do not mix: writes shorter than PIPE_BUF are atomic, pipe(7).
    /// If only a part fits, the rest follows.
    ///
    /// It waits for the reader, even if another process has made the descriptor non-blocking.
    ///
    /// - Returns: whether the whole line is written.
    @discardableResult
    func write(_ line: [UInt8]) -> Bool {
        SIGPIPEGuard.run {
            var rest = line[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    unsafe poll(&room, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}

/// Suppresses the signal that a write to a closed pipe or socket raises, and that would end the program: signal(7).
///
/// It does so for one call only: child processes would inherit a signal that is always ignored, execve(2).
private enum SIGPIPEGuard {
    static func run<Value>(_ body: () -> Value) -> Value {
        var pipe = sigset_t()
        var pending = sigset_t()
        var previous = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe sigpending(&pending)
        let wasPending = unsafe sigismember(&pending, SIGPIPE) == 1
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, &previous)
        let value = body()
        // The signal goes to the writing thread, so it is pending by now. An earlier one is not consumed.
        if !wasPending {
            var none = timespec()
            unsafe sigtimedwait(&pipe, nil, &none)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
        return value
    }
}
