import Linux
import Synchronization
import Testing

@testable import Probing

struct GlobalInterpreterLockTests {
    private static let patience: UInt64 = 1_000_000

    @Test func `only one thread at a time is between take and drop`() throws {
        let turns = 500
        let workers = 4
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let tally = Tally()
        try WorkerThreads.run(workers) { number in
            let contender = LockContender(number: number)
            for _ in 0..<turns {
                lock.take(contender)
                tally.increment()
                lock.drop(contender)
            }
        }
        #expect(tally.count == workers * turns)
        let counts = lock.counts()
        #expect(counts.acquisitions == UInt64(workers * turns))
        let switches = try #require(counts.switches)
        #expect((UInt64(workers)...UInt64(workers * turns)).contains(switches))
        #expect(try #require(counts.forcedHandoffs) <= switches)
    }

    @Test func `a lone worker never waits and never switches`() {
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let contender = LockContender(number: 0)
        for _ in 0..<10 {
            lock.take(contender)
            lock.drop(contender)
        }
        #expect(lock.counts() == LockCounts(acquisitions: 10, switches: 1, timedWaits: 0, forcedHandoffs: 0))
    }

    @Test func `a holder that drops the lock on request gets it back only after another worker had it`() throws {
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let order = Protected([Int]())
        let isHeld = Atomic(false)
        try WorkerThreads.run(2) { number in
            let contender = LockContender(number: number)
            if number == 0 {
                lock.take(contender)
                isHeld.store(true, ordering: .releasing)
                // As a loop of the interpreter does: go on until somebody asks.
                while !lock.dropRequest.load(ordering: .relaxed) {}
                order.withLock { $0.append(number) }
                lock.drop(contender)
                lock.take(contender)
                order.withLock { $0.append(number) }
                lock.drop(contender)
            } else {
                while !isHeld.load(ordering: .acquiring) {}
                lock.take(contender)
                order.withLock { $0.append(number) }
                lock.drop(contender)
            }
        }
        #expect(order.withLock { $0 } == [0, 1, 0])
        let counts = lock.counts()
        #expect(counts.acquisitions == 3)
        #expect(counts.switches == 3)
        #expect(try #require(counts.timedWaits) >= 1)
        // None, if the other took over before the one that dropped the lock could begin to wait.
        #expect(try #require(counts.forcedHandoffs) <= 1)
    }

    @Test func `a drop without a request does not wait for another holder`() {
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let contender = LockContender(number: 0)
        lock.take(contender)
        lock.drop(contender)
        #expect(lock.counts().forcedHandoffs == 0)
    }

    @Test func `taking the lock clears the drop request`() {
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let contender = LockContender(number: 0)
        lock.dropRequest.store(true, ordering: .relaxed)
        lock.take(contender)
        let isRequested = lock.dropRequest.load(ordering: .relaxed)
        #expect(!isRequested)
        lock.drop(contender)
    }

    @Test func `only the thread that waited for the lock has a lock wait`() throws {
        let lock = GlobalInterpreterLock(switchInterval: Self.patience)
        let isHeld = Atomic(false)
        let waits = Protected<[Int: UInt64]>([:])
        try WorkerThreads.run(2) { number in
            let contender = LockContender(number: number)
            if number == 0 {
                lock.take(contender)
                isHeld.store(true, ordering: .releasing)
                let own = contender.lockWait
                waits.withLock { $0[number] = own }
                while !lock.dropRequest.load(ordering: .relaxed) {}
            } else {
                while !isHeld.load(ordering: .acquiring) {}
                lock.take(contender)
                let own = contender.lockWait
                waits.withLock { $0[number] = own }
            }
            lock.drop(contender)
        }
        let (holder, waiter) = waits.withLock { ($0[0] ?? .max, $0[1] ?? 0) }
        #expect(waiter > 0)
        #expect(holder < waiter)
    }
}

/// Right only if the lock excludes: it is changed by a read and a write that are not one step.
private final class Tally: Sendable {
    private nonisolated(unsafe) var number = 0

    var count: Int { unsafe number }

    func increment() {
        let before = unsafe number
        unsafe number = before + 1
    }
}
