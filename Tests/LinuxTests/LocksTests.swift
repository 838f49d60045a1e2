import Glibc
import Linux
import Testing

struct ProtectedTests {
    @Test func `threads that count under the lock lose nothing`() throws {
        let tally = Protected(0)
        try onTwoThreads { tally.withLock { $0 += 1 } }
        #expect(tally.withLock { $0 } == 20_000)
    }
}

struct MonitorTests {
    @Test func `threads that count under the lock lose nothing`() throws {
        let tally = Monitor(0)
        try onTwoThreads { tally.withLock { $0 += 1 } }
        #expect(tally.withLock { $0 } == 20_000)
    }

    @Test func `an update wakes every thread that waits for it`() throws {
        let door = Monitor((isOpen: false, passed: 0))
        let pass: @Sendable () -> Void = {
            door.wait(for: { $0.isOpen }) { state, _ in state.passed += 1 }
        }
        let one = try POSIXThread(pass)
        let other = try POSIXThread(pass)
        door.update { $0.isOpen = true }
        one.join()
        other.join()
        #expect(door.withLock { $0.passed } == 2)
    }

    @Test func `a wait ends at its deadline when nothing is updated`() {
        let monitor = Monitor(0)
        let deadline = MonotonicInstant.now + .milliseconds(1)
        #expect(!monitor.wait(until: deadline) { $0 > 0 })
        #expect(MonotonicInstant.now >= deadline)
    }

    @Test func `a condition that holds is not waited for`() {
        let monitor = Monitor(1)
        #expect(monitor.wait(until: MonotonicInstant(nanoseconds: 0)) { $0 > 0 })
        #expect(monitor.wait { $0 > 0 })
    }

    @Test func `the body learns whether the condition holds`() {
        let monitor = Monitor(1)
        let past = MonotonicInstant(nanoseconds: 0)
        #expect(monitor.wait(until: past, for: { $0 > 1 }) { value, isMet in (value, isMet) } == (1, false))
        #expect(monitor.wait(until: past, for: { $0 > 0 }) { value, isMet in (value, isMet) } == (1, true))
    }

    @Test func `errors of the body are passed on, and the lock is released`() {
        let monitor = Monitor(1)
        for _ in 0..<2 {
            #expect(throws: SystemError.self) {
                try monitor.update { _ throws(SystemError) in throw SystemError("test", code: EIO) }
            }
        }
        #expect(monitor.withLock { $0 } == 1)
    }
}

struct PThreadConditionTests {
    @Test func `a wait ends at its deadline when nobody signals`() {
        let mutex = PThreadMutex()
        let condition = PThreadCondition()
        let deadline = MonotonicInstant.now + .milliseconds(1)
        mutex.lock()
        // It may wake for no reason before that, and then reports that no deadline passed.
        while !condition.wait(mutex, until: deadline) {}
        mutex.unlock()
        #expect(MonotonicInstant.now >= deadline)
    }

    @Test func `a wait whose deadline has passed returns at once`() {
        let mutex = PThreadMutex()
        let condition = PThreadCondition()
        mutex.lock()
        let isLate = condition.wait(mutex, until: MonotonicInstant(nanoseconds: 0))
        mutex.unlock()
        #expect(isLate)
    }
}

private func onTwoThreads(_ body: @escaping @Sendable () -> Void) throws {
    let loop: @Sendable () -> Void = { for _ in 0..<10_000 { body() } }
    let one = try POSIXThread(loop)
    let other = try POSIXThread(loop)
    one.join()
    other.join()
}
