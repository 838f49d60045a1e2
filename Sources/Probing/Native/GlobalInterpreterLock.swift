import Linux
import Synchronization

/// A lock by CPython's algorithm since 3.2: Python/ceval_gil.c (before 3.12 ceval_gil.h).
///
/// A worker that wants the lock waits for one switch interval. If the lock did not change hands meanwhile, it asks the
/// holder to drop it. A holder that drops the lock on request waits until another worker has it: the forced hand-off,
/// without which the holder would nearly always win the race for the lock that it just released.
final class GlobalInterpreterLock: Sendable {
    /// The holder's loop checks it on every turn, as CPython does on every backward jump.
    let dropRequest = Atomic<Bool>(false)

    private let switchInterval: UInt64

    private let mutex = PThreadMutex()
    private let released = PThreadCondition()
    private nonisolated(unsafe) var isLocked = false
    // The counts are exact: each changes under a mutex.
    private nonisolated(unsafe) var acquisitions: UInt64 = 0
    private nonisolated(unsafe) var switches: UInt64 = 0
    private nonisolated(unsafe) var timedWaits: UInt64 = 0

    private let switchMutex = PThreadMutex()
    private let switched = PThreadCondition()
    /// Changes under both mutexes, so either is enough to read it.
    private nonisolated(unsafe) var lastHolder: Int?
    private nonisolated(unsafe) var forcedHandoffs: UInt64 = 0

    /// - Parameter switchInterval: nanoseconds; CPython's default is 5 ms (`sys.getswitchinterval`).
    init(switchInterval: UInt64) {
        self.switchInterval = switchInterval
    }

    /// Takes the lock, and waits for it as long as necessary.
    func take(_ contender: LockContender) {
        let entry = contender.reading()
        mutex.lock()
        while unsafe isLocked {
            let switchesBefore = unsafe switches
            unsafe timedWaits += 1
            let timedOut = released.wait(mutex, until: KernelClock.monotonic() + switchInterval)
            if timedOut, unsafe isLocked, unsafe switches == switchesBefore {
                dropRequest.store(true, ordering: .relaxed)
            }
        }
        switchMutex.lock()
        unsafe isLocked = true
        unsafe acquisitions += 1
        if unsafe lastHolder != contender.number {
            unsafe lastHolder = contender.number
            unsafe switches += 1
        }
        switched.signal()
        switchMutex.unlock()
        dropRequest.store(false, ordering: .relaxed)
        mutex.unlock()
        contender.waited(since: entry)
    }

    /// Releases the lock and, if that was requested, waits until another worker has it.
    func drop(_ contender: LockContender) {
        // Read while the lock is still held. A reading between the release and the forced hand-off would give the
        // waiter a head start, and the hand-off would rarely have to be forced.
        let entry = dropRequest.load(ordering: .relaxed) ? contender.reading() : nil
        mutex.lock()
        unsafe isLocked = false
        released.signal()
        mutex.unlock()

        guard let entry else { return }
        switchMutex.lock()
        if unsafe lastHolder == contender.number {
            unsafe forcedHandoffs += 1
            while unsafe lastHolder == contender.number { switched.wait(switchMutex) }
        }
        switchMutex.unlock()
        contender.waited(since: entry)
    }

    /// Called by a holder that sees the request. Out of line, to keep its loop short.
    @inline(never)
    func yield(_ contender: LockContender) {
        drop(contender)
        take(contender)
    }

    /// The counts so far; final after the last drop of all contenders.
    func counts() -> LockCounts {
        mutex.lock()
        switchMutex.lock()
        defer {
            switchMutex.unlock()
            mutex.unlock()
        }
        return unsafe LockCounts(
            acquisitions: acquisitions,
            switches: switches,
            timedWaits: timedWaits,
            forcedHandoffs: forcedHandoffs
        )
    }
}

/// A worker thread as the lock sees it: its number, and its time waiting for the lock.
///
/// It belongs to one thread. Its wait is only for the lock: the ledger has other entries for the parts of a wait in which
/// the woken thread was runnable without a CPU, or ran, so these are subtracted, and no nanosecond counts twice.
final class LockContender {
    let number: Int
    /// Nanoseconds waiting to take the lock, or for another worker to take it over.
    private(set) var lockWait: UInt64 = 0

    private let schedStat: SchedStatFile?

    init(number: Int) {
        self.number = number
        schedStat = SchedStatFile()
    }

    /// The clocks of the calling thread, which must be the one that created this contender.
    func reading() -> ThreadReading { ThreadReading(schedStat) }

    /// Adds the time that the thread was blocked since `entry` to its lock wait.
    func waited(since entry: ThreadReading) {
        lockWait += reading().blocked(since: entry)
    }
}
