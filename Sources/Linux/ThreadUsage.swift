import CLinux
import Glibc

/// Resources that one thread has used: getrusage(2) with RUSAGE_THREAD.
package struct ThreadUsage: Sendable, Equatable {
    /// Microseconds of CPU in user mode. The kernel scales its tick counts so that user and system time add up to the
    /// exact run time (kernel/sched/cputime.c, cputime_adjust).
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

/// CPU time of the descendants of this process that have ended and were waited for: getrusage(2) with RUSAGE_CHILDREN,
/// or times(2) in clock ticks where a filter refuses that.
package enum ChildrenUsage {
    /// Seconds of user and system time. It only grows.
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

/// The scheduler's record of one thread: /proc/PID/task/TID/schedstat, Documentation/scheduler/sched-stats.rst.
package struct SchedStat: Sendable, Equatable {
    /// Nanoseconds on a CPU.
    package var onCPU: UInt64
    /// Nanoseconds in which it was runnable, but waited for a CPU.
    package var runQueue: UInt64
    /// Number of times that it was put on a CPU.
    package var timeslices: UInt64

    package init(onCPU: UInt64, runQueue: UInt64, timeslices: UInt64) {
        self.onCPU = onCPU
        self.runQueue = runQueue
        self.timeslices = timeslices
    }

    /// Parses "ON_CPU RUN_QUEUE TIMESLICES\n"; nil when the text is anything else.
    package init?(parsing bytes: [UInt8]) {
        var rest = bytes[...]
        if rest.last == UInt8(ascii: "\n") { rest.removeLast() }
        // Not split into an array of arrays, because this runs for every observed thread.
        func next() -> UInt64? {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            rest = rest[digits.endIndex...]
            return UInt64(decimal: digits)
        }
        guard let onCPU = next(), rest.popFirst() != nil, let runQueue = next(), rest.popFirst() != nil,
            let timeslices = next(), rest.isEmpty
        else { return nil }
        self.init(onCPU: onCPU, runQueue: runQueue, timeslices: timeslices)
    }
}

/// The open schedstat file of one thread, which takes one system call to read again.
package struct SchedStatFile: ~Copyable {
    private let file: OwnedDescriptor

    /// Opens the file of the calling thread. Nil where the kernel has no schedstat (CONFIG_SCHED_INFO) or /proc is
    /// hidden.
    package init?(ofCallingThread: Void = ()) {
        guard let file = OwnedDescriptor(at: "/proc/thread-self/schedstat") else { return nil }
        self.file = file
    }

    /// The current numbers. Nil if they cannot be read.
    package func read() -> SchedStat? {
        // Three 64-bit decimal numbers, two blanks and a newline are 63 bytes at most.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            let count = unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            guard count > 0 else { return nil }
            guard let stat = unsafe SchedStat(parsing: Array(buffer[..<count])) else { return nil }
            // A kernel that does not account writes three zeros (fs/proc/base.c, proc_pid_schedstat). A thread that
            // reads its own file has had at least one time slice.
            return stat.timeslices > 0 ? stat : nil
        }
    }
}
