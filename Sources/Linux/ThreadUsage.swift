import CLinux
import Glibc

/// Resources that one thread has used: getrusage(2) with RUSAGE_THREAD.
package struct ThreadUsage: Sendable, Equatable {
    /// Microseconds of CPU in user mode. The kernel scales its tick counts so that both parts add up to the exact
    /// run time (kernel/sched/cputime.c, cputime_adjust).
    package var userMicroseconds: UInt64
    /// Microseconds of CPU in the kernel.
    package var systemMicroseconds: UInt64
    /// Context switches because the thread blocked.
    package var voluntarySwitches: UInt64
    /// Context switches because the scheduler took the CPU away.
    package var involuntarySwitches: UInt64

    package static func ofCallingThread() throws(SystemError) -> ThreadUsage {
        var usage = rusage()
        guard unsafe clinux_thread_usage(&usage) == 0 else { throw SystemError("getrusage(RUSAGE_THREAD)") }
        return ThreadUsage(
            userMicroseconds: microseconds(usage.ru_utime),
            systemMicroseconds: microseconds(usage.ru_stime),
            voluntarySwitches: UInt64(clamping: usage.ru_nvcsw),
            involuntarySwitches: UInt64(clamping: usage.ru_nivcsw)
        )
    }

    private static func microseconds(_ time: timeval) -> UInt64 {
        UInt64(clamping: time.tv_sec) * 1_000_000 + UInt64(clamping: time.tv_usec)
    }
}

/// CPU that ended and waited-for descendants of this process have used: getrusage(2) with RUSAGE_CHILDREN, or times(2)
/// in clock ticks where a filter refuses that.
package enum ChildrenUsage {
    /// Seconds of user and system time; only grows.
    package static func cpuSeconds() -> Double {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_CHILDREN.rawValue, &usage) == 0 else {
            var ticks = tms()
            _ = unsafe times(&ticks)
            return Double(ticks.tms_cutime + ticks.tms_cstime) / Double(ClockTicks.perSecond)
        }
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
