import Linux

/// Closed until it is opened, once; whoever comes before waits.
final class Gate: Sendable {
    private let mutex = PThreadMutex()
    private let changed = PThreadCondition()
    private nonisolated(unsafe) var isOpen = false

    func pass() {
        mutex.lock()
        while unsafe !isOpen { changed.wait(mutex) }
        // The next who waits.
        changed.signal()
        mutex.unlock()
    }

    func open() {
        mutex.lock()
        unsafe isOpen = true
        changed.signal()
        mutex.unlock()
    }
}
