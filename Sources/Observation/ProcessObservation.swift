/// What was seen of one process since it was first read. The counters only grow; all interpreters of the process are
/// summed.
package struct ProcessObservation: Sendable, Equatable {
    package enum Build: String, Sendable {
        case gil
        case freeThreaded = "free-threaded"
    }

    package var version: PythonVersion
    package var build: Build
    /// False on a free-threaded build that runs without its GIL.
    package var isGILEnabled: Bool
    package var interpreters: Int
    /// The smallest of the interpreters'.
    package var switchInterval: Duration

    /// Time that samples stand for: from each to the next. What the two times below are shares of.
    package var observed: Duration
    /// Time that some thread held a GIL: sampled.
    package var held: Duration
    /// Thread-time spent waiting for a GIL: sampled. Nil where the C library hides its waiters.
    package var wait: Duration?
    /// At the newest sample.
    package var waitingThreads: Int?
    package var samples: UInt64

    /// Changes of holder, exact.
    package var switches: UInt64
    /// Timed waits begun, exact.
    package var waits: UInt64?
    /// Times a holder was made to wait until another took over, exact.
    package var forcedHandoffs: UInt64?
}

/// Why a Python process cannot be observed: the `reason` of `gil_process_unobservable`.
package enum UnobservableReason: String, Error, Sendable, CaseIterable {
    /// The kernel lets us read neither its maps nor its memory: ptrace(2), PTRACE_MODE_ATTACH_REALCREDS.
    case permission
    /// A CPython whose layout is not known, or another implementation.
    case version
    /// An alpha, beta or release candidate: its layout may be that of no release.
    case prerelease
    /// What was read there is not what an interpreter keeps there.
    case layout
    /// Its file is gone or is not an ELF file that makes sense.
    case image
    /// Its C library hides who waits. Such a process is observed, but for waits and hand-offs.
    case libc
    /// Files that it runs from, or its memory, do not answer: a dead network file system, a stopped FUSE server.
    case unresponsive
    /// To find its interpreter would cost more than a process may.
    case limit
    /// It is for other processors, or of another word size.
    case architecture
    /// The kernel or a sandbox lets no memory be read: process_vm_readv(2), proc_pid_mem(5).
    case syscall
}
