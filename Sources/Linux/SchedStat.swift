import Glibc

/// What the scheduler knows of one thread: /proc/PID/task/TID/schedstat, Documentation/scheduler/sched-stats.rst.
package struct SchedStat: Sendable, Equatable {
    /// Nanoseconds on a CPU.
    package var onCPU: UInt64
    /// Nanoseconds runnable, but waiting for a CPU.
    package var runQueue: UInt64
    /// Times it was put on a CPU.
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
        // Not split into an array of arrays: this runs for every thread that is observed.
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

/// The open schedstat file of one thread, to be read again and again at the cost of one system call.
package struct SchedStatFile: ~Copyable {
    private let descriptor: CInt

    /// Opens the calling thread's own. Nil where the kernel has no schedstat (CONFIG_SCHED_INFO) or /proc is hidden.
    package init?(ofCallingThread: Void = ()) {
        let descriptor = unsafe open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The numbers of this moment; nil when they cannot be read.
    package func read() -> SchedStat? {
        // Three 64-bit decimal numbers, two blanks and a newline are 63 bytes at most.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return nil }
            guard let stat = unsafe SchedStat(parsing: Array(buffer[..<count])) else { return nil }
            // While the kernel does not account, it writes three zeros (fs/proc/base.c, proc_pid_schedstat). A thread
            // that reads its own has had at least one time slice.
            return stat.timeslices > 0 ? stat : nil
        }
    }
}
