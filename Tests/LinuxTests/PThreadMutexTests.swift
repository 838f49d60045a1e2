import Glibc
import Linux
import Synchronization
import Testing

struct PThreadMutexTests {
    @Test func `threads that count under the mutex lose nothing`() throws {
        let tally = Tally()
        let count: @Sendable () -> Void = {
            for _ in 0..<10_000 { tally.increment() }
        }
        let one = try POSIXThread(count)
        let other = try POSIXThread(count)
        one.join()
        other.join()
        #expect(tally.value == 20_000)
    }

    @Test func `a signal wakes one who waits without a time limit`() throws {
        let door = Door()
        let guest = try POSIXThread { door.awaitOpening() }
        door.open()
        guest.join()
        let wasPassed = door.wasPassed.load(ordering: .acquiring)
        #expect(wasPassed)
    }

    @Test func `a wait ends at its deadline when nobody signals`() {
        let mutex = PThreadMutex()
        let condition = PThreadCondition()
        let deadline = KernelClock.monotonic() + 1_000_000
        mutex.lock()
        // It may wake for no reason before that: then it says that no deadline passed.
        while !condition.wait(mutex, until: deadline) {}
        mutex.unlock()
        #expect(KernelClock.monotonic() >= deadline)
    }

    @Test func `a deadline that has passed is no wait at all`() {
        let mutex = PThreadMutex()
        let condition = PThreadCondition()
        mutex.lock()
        let isLate = condition.wait(mutex, until: 0)
        mutex.unlock()
        #expect(isLate)
    }
}

/// A plain number, right only if the mutex excludes.
private final class Tally: Sendable {
    private let mutex = PThreadMutex()
    private nonisolated(unsafe) var number = 0

    var value: Int {
        mutex.lock()
        defer { mutex.unlock() }
        return unsafe number
    }

    func increment() {
        mutex.lock()
        unsafe number += 1
        mutex.unlock()
    }
}

private final class Door: Sendable {
    let wasPassed = Atomic(false)
    private let mutex = PThreadMutex()
    private let opened = PThreadCondition()
    private nonisolated(unsafe) var isOpen = false

    func open() {
        mutex.lock()
        unsafe isOpen = true
        opened.signal()
        mutex.unlock()
    }

    func awaitOpening() {
        mutex.lock()
        while unsafe !isOpen { opened.wait(mutex) }
        mutex.unlock()
        wasPassed.store(true, ordering: .releasing)
    }
}
