import Glibc
import Linux
import Synchronization

/// A lock by CPython's algorithm since 3.2: Python/ceval_gil.c (before 3.12 ceval_gil.h).
///
/// A worker that wants the lock waits for one switch interval. If the lock did not change hands meanwhile, it asks the
/// holder to drop it. A holder that drops the lock on request waits until another worker has it: the forced hand-off,
/// without which the holder would nearly always win the race for the lock that it just released.
///
/// How often a hand-off must be forced depends on some hundred nanoseconds: the waiter has just gone back to sleep when
/// the holder wakes it. So the lock's memory is laid out as CPython's, and no clock is read before that is decided.
@safe final class GlobalInterpreterLock: Sendable {
    /// The holder's loop checks it on every turn, as CPython does on every backward jump. It is apart from the lock, which
    /// waiters write to.
    let dropRequest = Atomic<Bool>(false)

    private nonisolated(unsafe) let memory: UnsafeMutablePointer<Memory>
    private let released: PThreadCondition
    private let mutex: PThreadMutex
    private let switched: PThreadCondition
    private let switchMutex: PThreadMutex

    /// - Parameter switchInterval: nanoseconds; CPython's default is 5 ms (`sys.getswitchinterval`).
    init(switchInterval: UInt64) {
        unsafe memory = Memory.allocate(switchInterval: switchInterval)
        released = unsafe withUnsafeMutablePointer(to: &memory.pointee.released) { unsafe PThreadCondition(at: $0) }
        mutex = unsafe withUnsafeMutablePointer(to: &memory.pointee.mutex) { unsafe PThreadMutex(at: $0) }
        switched = unsafe withUnsafeMutablePointer(to: &memory.pointee.switched) { unsafe PThreadCondition(at: $0) }
        switchMutex = unsafe withUnsafeMutablePointer(to: &memory.pointee.switchMutex) { unsafe PThreadMutex(at: $0) }
    }

    deinit { unsafe Memory.destroy(memory) }

    /// Takes the lock, and waits for it as long as necessary.
    func take(_ contender: LockContender) {
        let entry = contender.reading()
        acquire(contender)
        contender.waited(since: entry)
    }

    /// Releases the lock and, if that was requested, waits until another worker has it.
    func drop(_ contender: LockContender) {
        if let entry = release(contender) { contender.waited(since: entry) }
    }

    /// Called by a holder that sees the request: drops the lock, and takes it again. Out of line, to keep its loop short.
    @inline(never)
    func yield(_ contender: LockContender) {
        let entry = release(contender) ?? contender.reading()
        acquire(contender)
        contender.waited(since: entry)
    }

    private func acquire(_ contender: LockContender) {
        mutex.lock()
        while unsafe memory.pointee.isLocked {
            let switchesBefore = unsafe memory.pointee.switches
            unsafe memory.pointee.timedWaits += 1
            let timedOut = unsafe released.wait(mutex, until: KernelClock.monotonic() + memory.pointee.switchInterval)
            if timedOut, unsafe memory.pointee.isLocked, unsafe memory.pointee.switches == switchesBefore {
                dropRequest.store(true, ordering: .relaxed)
            }
        }
        switchMutex.lock()
        unsafe memory.pointee.isLocked = true
        unsafe memory.pointee.acquisitions += 1
        if unsafe memory.pointee.lastHolder != contender.number {
            unsafe memory.pointee.lastHolder = contender.number
            unsafe memory.pointee.switches += 1
        }
        switched.signal()
        switchMutex.unlock()
        dropRequest.store(false, ordering: .relaxed)
        mutex.unlock()
    }

    /// - Returns: the clocks before the wait for another worker; nil if the hand-off was not forced.
    private func release(_ contender: LockContender) -> ThreadReading? {
        let isRequested = dropRequest.load(ordering: .relaxed)
        mutex.lock()
        unsafe memory.pointee.isLocked = false
        released.signal()
        mutex.unlock()

        guard isRequested else { return nil }
        switchMutex.lock()
        defer { switchMutex.unlock() }
        guard unsafe memory.pointee.lastHolder == contender.number else { return nil }
        unsafe memory.pointee.forcedHandoffs += 1
        let entry = contender.reading()
        while unsafe memory.pointee.lastHolder == contender.number { switched.wait(switchMutex) }
        return entry
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
            acquisitions: memory.pointee.acquisitions,
            switches: memory.pointee.switches,
            timedWaits: memory.pointee.timedWaits,
            forcedHandoffs: memory.pointee.forcedHandoffs
        )
    }
}

extension GlobalInterpreterLock {
    /// The memory of the lock: first the fields of CPython's `struct _gil_runtime_state`, in its order
    /// (Include/internal/pycore_gil.h), then counts that CPython does not keep. The counts are exact: each changes under
    /// a mutex.
    @unsafe private struct Memory {
        /// Nanoseconds.
        let switchInterval: UInt64
        /// The number of a contender, or `noHolder`. Changes under both mutexes, so either is enough to read it.
        var lastHolder = unsafe Self.noHolder
        var isLocked = false
        var switches: UInt64 = 0
        var released = pthread_cond_t()
        var mutex = unsafe pthread_mutex_t()
        var switched = pthread_cond_t()
        var switchMutex = unsafe pthread_mutex_t()

        var acquisitions: UInt64 = 0
        var timedWaits: UInt64 = 0
        var forcedHandoffs: UInt64 = 0

        static let noHolder = -1

        static func allocate(switchInterval: UInt64) -> UnsafeMutablePointer<Self> {
            let size = unsafe MemoryLayout<Self>.size
            let place = unsafe UnsafeMutableRawPointer.allocate(byteCount: size, alignment: cacheLine)
            return unsafe place.initializeMemory(as: Self.self, to: Self(switchInterval: switchInterval))
        }

        static func destroy(_ memory: UnsafeMutablePointer<Self>) {
            unsafe pthread_cond_destroy(&memory.pointee.released)
            unsafe pthread_mutex_destroy(&memory.pointee.mutex)
            unsafe pthread_cond_destroy(&memory.pointee.switched)
            unsafe pthread_mutex_destroy(&memory.pointee.switchMutex)
            unsafe memory.deallocate()
        }

        private static let cacheLine = 64
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
