import Glibc
import Linux
import Systemd

/// Writes log entries, one after the other, on a thread of its own.
///
/// A write can wait for ever: for a reader of a pipe that does not read, for a terminal that is stopped, for a journal
/// whose queue is full, for a dead file server. Standard error is shared with other processes, so it cannot be made
/// non-blocking either (the flag belongs to the open file description, fcntl(2)). So only this thread waits, and what
/// does not fit the queue meanwhile is dropped.
package final class LogDelivery: Sendable {
    enum Entry: Sendable {
        case line([UInt8])
        /// Fields for the journal, or the line where there is none to take them.
        case journal([Journal.Field], orLine: [UInt8])

        fileprivate var size: Int {
            switch self {
            case .line(let bytes): bytes.count
            case .journal(let fields, let line):
                fields.reduce(line.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            }
        }
    }

    /// Bytes that wait at most: some thousand messages.
    private let capacity: Int
    private let write: @Sendable (Entry) -> Void

    private let mutex = PThreadMutex()
    private let changed = PThreadCondition()
    private let emptied = PThreadCondition()
    private nonisolated(unsafe) var queue: [Entry] = []
    /// Bytes in the queue and in the entries that are being written.
    private nonisolated(unsafe) var size = 0
    private nonisolated(unsafe) var isIdle = true

    /// Starts the thread, which lasts as long as the program.
    init(
        capacity: Int = 1 << 20,
        write: @escaping @Sendable (Entry) -> Void = LogDelivery.write
    ) throws(SystemError) {
        self.capacity = capacity
        self.write = write
        try POSIXThread(name: "gil-log") { [self] in deliver() }.detach()
    }

    /// Returns at once; false when there is no room for it.
    func add(_ entry: Entry) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        let entrySize = entry.size
        guard unsafe entrySize <= capacity - size else { return false }
        unsafe size += entrySize
        unsafe queue.append(entry)
        changed.signal()
        return true
    }

    /// Waits until everything is written, but no longer than `limit`.
    ///
    /// - Returns: whether it is.
    @discardableResult
    package func flush(within limit: Duration) -> Bool {
        let deadline = KernelClock.monotonic() + UInt64(max(0, limit.nanoseconds))
        mutex.lock()
        defer { mutex.unlock() }
        while unsafe !(queue.isEmpty && isIdle) {
            if emptied.wait(mutex, until: deadline) { return unsafe queue.isEmpty && isIdle }
        }
        return true
    }

    private func deliver() {
        while true {
            mutex.lock()
            unsafe isIdle = true
            if unsafe queue.isEmpty { emptied.signal() }
            while unsafe queue.isEmpty { changed.wait(mutex) }
            let entries = unsafe queue
            unsafe queue = []
            unsafe isIdle = false
            mutex.unlock()
            for entry in entries {
                write(entry)
                mutex.lock()
                unsafe size -= entry.size
                mutex.unlock()
            }
        }
    }

    static func write(_ entry: Entry) {
        switch entry {
        case .line(let bytes):
            LogOutput.standardError.write(bytes)
        case .journal(let fields, let line):
            do {
                // Where there is no journal, as in a changed root, sd_journal_sendv(3) reports no error.
                guard unsafe access("/run/systemd/journal/socket", W_OK) == 0 else {
                    throw SystemError("find the journal")
                }
                try Journal.send(fields)
            } catch {
                // Better a line without fields than nothing.
                LogOutput.standardError.write(line)
            }
        }
    }
}
