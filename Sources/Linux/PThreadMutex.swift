import Glibc

/// A pthread mutex at an address that does not move: pthread_mutex_lock(3).
///
/// For those who need a condition variable with it; whoever only protects a value takes ``Protected``.
@safe package struct PThreadMutex: ~Copyable, Sendable {
    fileprivate nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    package func lock() { unsafe pthread_mutex_lock(mutex) }
    package func unlock() { unsafe pthread_mutex_unlock(mutex) }
}

/// A pthread condition whose time limits are on CLOCK_MONOTONIC: pthread_cond_timedwait(3).
@safe package struct PThreadCondition: ~Copyable, Sendable {
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    package func signal() { unsafe pthread_cond_signal(condition) }

    /// Waits, with `mutex` released meanwhile. May wake for no reason.
    package func wait(_ mutex: borrowing PThreadMutex) {
        unsafe pthread_cond_wait(condition, mutex.mutex)
    }

    /// Waits until `deadline` at the latest, in nanoseconds of ``KernelClock/monotonic()``.
    ///
    /// - Returns: whether the deadline passed before a signal came.
    package func wait(_ mutex: borrowing PThreadMutex, until deadline: UInt64) -> Bool {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        return unsafe pthread_cond_timedwait(condition, mutex.mutex, &time) == ETIMEDOUT
    }
}
