import Glibc

/// Kernel clocks, in nanoseconds: clock_gettime(2).
///
/// Plain integers, because they cross process borders: CLOCK_MONOTONIC counts the same in every process of a host.
package enum KernelClock {
    /// Nanoseconds since an arbitrary point, the same for all processes; stands still while the host is suspended.
    package static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds of CPU that the calling thread has used.
    package static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Seconds since 1970, UTC.
    package static func unixTime() -> Double { Double(read(CLOCK_REALTIME)) / 1e9 }

    /// Sleeps until ``monotonic()`` has reached `deadline`: clock_nanosleep(2).
    package static func sleep(until deadline: UInt64) {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; exact for every duration below 292 years.
    package var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
