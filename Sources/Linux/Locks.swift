package import Glibc

/// A value that threads take turns with.
///
/// It uses a pthread mutex because ThreadSanitizer does not know the futex of `Synchronization.Mutex` and reports races
/// that do not exist.
@safe package final class Protected<Value>: Sendable {
    @usableFromInline let mutex = PThreadMutex()
    @usableFromInline nonisolated(unsafe) var value: Value

    package init(_ value: sending Value) { unsafe self.value = value }

    /// Runs `body` while no other thread is in here. Not reentrant, and `body` must not block.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        return unsafe try body(&value)
    }
}

/// A value that threads take turns with, and whose changes they can wait for.
@safe package final class Monitor<Value>: Sendable {
    @usableFromInline let mutex = PThreadMutex()
    @usableFromInline let changed = PThreadCondition()
    @usableFromInline nonisolated(unsafe) var value: Value

    package init(_ value: sending Value) { unsafe self.value = value }

    /// Runs `body` while no other thread is in here, without waking any. Not reentrant, and `body` must not block.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        return unsafe try body(&value)
    }

    /// As ``withLock(_:)``, and has every waiting thread check its condition again.
    @inlinable package func update<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        defer { changed.broadcast() }
        return unsafe try body(&value)
    }

    /// Waits until `condition` holds, or `deadline` has passed, then runs `body` without letting go of the lock.
    ///
    /// - Parameters:
    ///   - deadline: nil: without a limit.
    ///   - condition: checked at once, and after each ``update(_:)``.
    ///   - body: gets the value, and whether the condition holds.
    @inlinable package func wait<Result, Failure: Error>(
        until deadline: MonotonicInstant? = nil,
        for condition: (Value) -> Bool,
        then body: (inout sending Value, Bool) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        var isMet = unsafe condition(value)
        var isLate = false
        while !isMet, !isLate {
            if let deadline {
                isLate = changed.wait(mutex, until: deadline)
            } else {
                changed.wait(mutex)
            }
            isMet = unsafe condition(value)
        }
        return unsafe try body(&value, isMet)
    }

    /// Waits until `condition` holds, or `deadline` has passed.
    ///
    /// - Returns: whether the condition holds.
    @discardableResult
    @inlinable package func wait(until deadline: MonotonicInstant? = nil, for condition: (Value) -> Bool) -> Bool {
        wait(until: deadline, for: condition) { _, isMet in isMet }
    }
}

/// A pthread mutex at an address that does not move: pthread_mutex_lock(3).
///
/// ``Protected`` and ``Monitor`` consist of it. Use it directly only to model the lock of another program.
@safe package struct PThreadMutex: ~Copyable, Sendable {
    @usableFromInline nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let isOwner: Bool

    package init() {
        unsafe self.init(at: .allocate(capacity: 1), isOwner: true)
    }

    /// A mutex in memory of the caller, who destroys it there.
    @unsafe package init(at memory: UnsafeMutablePointer<pthread_mutex_t>) {
        unsafe self.init(at: memory, isOwner: false)
    }

    private init(at memory: UnsafeMutablePointer<pthread_mutex_t>, isOwner: Bool) {
        unsafe mutex = memory
        self.isOwner = isOwner
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        guard isOwner else { return }
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    @inlinable package func lock() { unsafe pthread_mutex_lock(mutex) }
    @inlinable package func unlock() { unsafe pthread_mutex_unlock(mutex) }
}

/// A pthread condition whose deadlines are on CLOCK_MONOTONIC: pthread_cond_timedwait(3).
@safe package struct PThreadCondition: ~Copyable, Sendable {
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>
    private let isOwner: Bool

    package init() {
        unsafe self.init(at: .allocate(capacity: 1), isOwner: true)
    }

    /// A condition in memory of the caller, who destroys it there.
    @unsafe package init(at memory: UnsafeMutablePointer<pthread_cond_t>) {
        unsafe self.init(at: memory, isOwner: false)
    }

    private init(at memory: UnsafeMutablePointer<pthread_cond_t>, isOwner: Bool) {
        unsafe condition = memory
        self.isOwner = isOwner
        unsafe condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        guard isOwner else { return }
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Wakes one waiting thread.
    package func signal() { unsafe pthread_cond_signal(condition) }

    /// Wakes all waiting threads.
    package func broadcast() { unsafe pthread_cond_broadcast(condition) }

    /// Waits, with `mutex` released meanwhile. May wake for no reason.
    package func wait(_ mutex: borrowing PThreadMutex) {
        unsafe pthread_cond_wait(condition, mutex.mutex)
    }

    /// Waits until `deadline` at the latest. May wake for no reason.
    ///
    /// - Returns: whether the deadline passed before a signal came.
    package func wait(_ mutex: borrowing PThreadMutex, until deadline: MonotonicInstant) -> Bool {
        wait(mutex, until: deadline.nanoseconds)
    }

    /// The same, with a deadline in nanoseconds of ``KernelClock/monotonic()``.
    package func wait(_ mutex: borrowing PThreadMutex, until deadline: UInt64) -> Bool {
        var time = timespec(nanoseconds: deadline)
        return unsafe pthread_cond_timedwait(condition, mutex.mutex, &time) == ETIMEDOUT
    }
}
