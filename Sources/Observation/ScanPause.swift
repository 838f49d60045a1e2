import Linux

/// The time between two scans, which ends early when there is to be no other.
final class ScanPause: Sendable {
    private let mutex = PThreadMutex()
    private let condition = PThreadCondition()
    private let isOver = Protected(false)

    /// Waits, unless it has been ended.
    ///
    /// - Returns: whether to go on.
    func wait(for interval: Duration) -> Bool {
        let deadline = KernelClock.monotonic() + UInt64(max(0, interval.nanoseconds))
        mutex.lock()
        defer { mutex.unlock() }
        while !isOver.withLock({ $0 }) {
            if condition.wait(mutex, until: deadline) { break }
        }
        return !isOver.withLock { $0 }
    }

    func end() {
        isOver.withLock { $0 = true }
        mutex.lock()
        condition.signal()
        mutex.unlock()
    }
}
