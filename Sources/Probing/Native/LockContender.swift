import Linux

/// One worker thread as the lock sees it: its number, and how long it has waited for the lock.
///
/// Belongs to one thread and never leaves it. What it waited for is only the lock: the parts of a wait in which the
/// woken thread was runnable without a CPU, or ran, stand elsewhere in the ledger and are taken out, so that no
/// nanosecond is counted twice.
final class LockContender {
    let number: Int
    /// Nanoseconds spent waiting for the lock, to take it or to see it taken over.
    private(set) var lockWait: UInt64 = 0

    private let schedStat: SchedStatFile?

    init(number: Int) {
        self.number = number
        schedStat = SchedStatFile()
    }

    /// The calling thread's clocks; it must be the thread that made this contender.
    func reading() -> ThreadReading { ThreadReading(schedStat) }

    /// Adds what the thread was blocked since `entry` to its lock wait.
    func waited(since entry: ThreadReading) {
        lockWait += reading().blocked(since: entry)
    }
}
