import Linux
import Synchronization

/// A lock by CPython's algorithm since 3.2: Python/ceval_gil.c (before 3.12 ceval_gil.h).
///
/// Whoever wants it waits for one switch interval; when the lock did not change hands meanwhile, he asks the holder to
/// drop it. A holder who drops on request waits until somebody else has taken over: the forced hand-off, without which
/// the dropper would nearly always win the race for the lock that it just released.
final class GlobalInterpreterLock: Sendable {
    /// The holder's loop looks at it on every turn, as CPython's does on every backward jump.
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

    /// Takes the lock, waiting as long as it must.
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

    /// Releases the lock and, when that was requested, waits until another has it.
    func drop(_ contender: LockContender) {
        // Read while the lock is still held: the time that it takes between the release and the forced hand-off would
        // be the waiter's head start, and the hand-off would rarely have to be forced.
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

    /// What a holder does who sees the request. Out of line, so that the loop that looks at it stays as short as it is.
    @inline(never)
    func yield(_ contender: LockContender) {
        drop(contender)
        take(contender)
    }

    /// The counts so far; final once all contenders have dropped the lock for the last time.
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
