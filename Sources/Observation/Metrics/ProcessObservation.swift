/// The observations of one process since it was first read. Counters only grow, and add up all interpreters of the
/// process.
package struct ProcessObservation: Sendable, Equatable {
    package enum Build: String, Sendable {
        case gil
        case freeThreaded = "free-threaded"
    }

    package var version: PythonVersion
    package var build: Build
    /// False for a free-threaded build that runs without its GIL.
    package var isGILEnabled = true
    package var interpreters = 1
    /// The smallest one of the interpreters'.
    package var switchInterval = Duration.milliseconds(5)

    /// The time that the samples stand for: from each sample to the next. Ratios of sampled times refer to it.
    package var observed = Duration.zero
    package var samples: UInt64 = 0
    /// The part of ``observed`` in which the process used a lock. Time in which it held one for less than one percent of
    /// the last half minute counts in proportion: an idle process adds almost nothing.
    package var active = Duration.zero
    package var locks = LockTotals()
    /// CPU time in the same part of the process's life as ``locks``.
    package var cpu = CPUTime()
    /// CPU time from the start of the process to the first sample.
    package var cpuBefore = CPUTime()
    /// A second behind ``locks`` at most.
    package var holders = HolderTotals()
    /// Whether the C library hides the threads that wait. Then nothing is known of waits and hand-offs.
    package var hidesWaiters = false
    /// The kernel's number of threads, at most a second older than the newest sample; nil if unknown. The locks account for
    /// no more.
    package var threads: Int?
    /// Before 3.12, all interpreters share one lock.
    package var lockCount = 1
    /// Threads that waited at the newest sample; nil if unknown.
    package var waitingThreads: Int?
    /// Nil if no lock can be read now.
    package var recent: Recent?

    /// The last half minute of the process's busiest lock.
    package struct Recent: Sendable, Equatable {
        /// A lock that is held for a greater share of the time has no room for more.
        private static let saturation = 0.9

        /// The share of the time in which the lock was held.
        package var held: Double
        /// Threads that waited for it, on average; nil if the C library hides them.
        package var waiting: Double?

        /// Whether this lock or another one of the process has no room.
        package var isSaturated: Bool

        /// Threads that held the lock or waited for it, on average: the busiest process and the busiest lock have most. By
        /// held time alone, one thread that computes would hide a lock for which others wait.
        var demand: Double { held + (waiting ?? 0) }

        /// - Parameter peak: the share of the lock that was held most, if that is another one.
        package init(held: Double, waiting: Double?, peak: Double = 0) {
            self.held = held
            self.waiting = waiting
            isSaturated = max(held, peak) > Self.saturation
        }
    }
}

/// Why a Python process cannot be observed: the `reason` of `gil_process_unobservable`.
package enum UnobservableReason: String, Error, Sendable, CaseIterable {
    /// The kernel denies access to its maps or its memory: ptrace(2), PTRACE_MODE_ATTACH_REALCREDS.
    case permission
    /// A CPython with an unknown layout, or another implementation.
    case version
    /// An alpha, beta or release candidate, whose layout may differ from that of every release.
    case prerelease
    /// Its memory does not contain a valid interpreter.
    case layout
    /// Its memory contains an interpreter that contradicts the kernel: its locks account for more threads than it has.
    case impossible
    /// Its program or library file is gone, or is not a valid ELF file.
    case image
    /// Its C library hides waiting threads. Such a process is observed, except for waits and hand-offs.
    case libc
    /// Its files or its memory do not answer: a dead network file system, a stopped FUSE server.
    case unresponsive
    /// Finding its interpreter would exceed the limit for one process.
    case limit
    /// It is for another architecture or word size.
    case architecture
    /// The kernel or a sandbox denies reading the memory of any process: process_vm_readv(2), proc_pid_mem(5).
    case syscall
}
