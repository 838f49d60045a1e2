package import Glibc

/// Kernel clocks, in nanoseconds: clock_gettime(2).
package enum KernelClock {
    /// Nanoseconds of CLOCK_MONOTONIC, as ``MonotonicInstant`` has them.
    package static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds of CPU that the calling thread has used.
    package static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Nanoseconds of CPU that all threads of a process have used, which takes a tenth of the time of /proc/PID/stat. Nil if
    /// no process has the number, or if a sandbox refuses the clock, or counts in ticks and so misses what is shorter.
    ///
    /// The clock is that of clock_getcpuclockid(3), which makes a second system call to verify it. Its number is the
    /// inverted process number, shifted by three bits, and CPUCLOCK_SCHED of the kernel's include/linux/posix-timers.h.
    package static func cpu(ofProcess pid: Int32) -> UInt64? {
        guard pid > 0, countsNanoseconds else { return nil }
        let clock = clockid_t(truncatingIfNeeded: ~pid << 3 | 2)
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Whether CPU time is counted in nanoseconds, and not in ticks as in gVisor (pkg/sentry/kernel/task_sched.go).
    private static let countsNanoseconds = read(CLOCK_PROCESS_CPUTIME_ID) % 1_000_000 != 0

    /// Seconds since 1970, UTC.
    package static func unixTime() -> Double { .seconds(nanoseconds: read(CLOCK_REALTIME)) }

    /// Nanoseconds since the kernel booted, time of suspension included, as in the start times of proc_pid_stat(5).
    package static func boot() -> UInt64 { read(CLOCK_BOOTTIME) }

    /// Sleeps until ``monotonic()`` has reached `deadline`: clock_nanosleep(2).
    package static func sleep(until deadline: UInt64) {
        var time = timespec(nanoseconds: deadline)
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    package static func sleep(until deadline: MonotonicInstant) { sleep(until: deadline.nanoseconds) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A point in time on CLOCK_MONOTONIC, which is the same in every process of a host and stands still while the host is
/// suspended.
///
/// The difference of two instants is a `Duration`, whose arithmetic takes 128 bits. Hot paths use nanoseconds instead.
package struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Since an arbitrary point.
    package let nanoseconds: UInt64

    @inlinable package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static var now: MonotonicInstant { MonotonicInstant(nanoseconds: KernelClock.monotonic()) }

    /// The result stays between the clock's first and last point.
    package static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        let (distance, isBackwards) = (duration.nanoseconds.magnitude, duration < .zero)
        return isBackwards
            ? MonotonicInstant(nanoseconds: instant.nanoseconds - min(instant.nanoseconds, distance))
            : instant.advanced(byNanoseconds: distance)
    }

    package static func - (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        instant + (.zero - duration)
    }

    /// The time from `earlier` to `later`; negative if they are in the other order.
    package static func - (later: MonotonicInstant, earlier: MonotonicInstant) -> Duration {
        earlier <= later
            ? .nanoseconds(later.nanoseconds - earlier.nanoseconds)
            : .zero - .nanoseconds(earlier.nanoseconds - later.nanoseconds)
    }

    @inlinable package func advanced(byNanoseconds distance: UInt64) -> MonotonicInstant {
        let (sum, overflowed) = nanoseconds.addingReportingOverflow(distance)
        return MonotonicInstant(nanoseconds: overflowed ? .max : sum)
    }

    /// Nanoseconds that have passed since `earlier`; 0 if that is later.
    @inlinable package func nanoseconds(since earlier: MonotonicInstant) -> UInt64 {
        nanoseconds - min(nanoseconds, earlier.nanoseconds)
    }

    @inlinable package static func < (one: MonotonicInstant, other: MonotonicInstant) -> Bool {
        one.nanoseconds < other.nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds; exact for every duration below 292 years, and the nearest that there is for longer ones.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed || carried ? (seconds < 0 ? .min : .max) : sum
    }

    package var seconds: Double {
        // Read once: each access divides a 128-bit number.
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

extension Double {
    /// Seconds, of so many nanoseconds.
    package static func seconds(nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

extension timespec {
    init(nanoseconds: UInt64) {
        self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}

extension timeval {
    /// The duration in whole microseconds.
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}

/// A point in time as RFC 3339 writes it.
package enum Timestamp {
    /// "2026-11-23T19:00:00.123Z" for milliseconds since 1970.
    package static func rfc3339(milliseconds: Int64) -> String {
        var (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        if fraction < 0 {
            seconds -= 1
            fraction += 1000
        }
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&time, &parts)
        let date =
            unsafe "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let clock = unsafe "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(clock).\(padded(CInt(fraction), 3))Z"
    }

    private static func padded(_ number: CInt, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}
