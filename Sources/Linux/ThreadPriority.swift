import Glibc

/// How readily a thread gives way to others: nice(2), which on Linux is a thread's and not a process's, setpriority(2).
package enum ThreadPriority {
    /// A third of an ordinary thread's share (sched(7), "The nice value"). At 10, a tenth of it, a password took ten
    /// seconds on a busy host.
    private static let low: CInt = 5

    /// Lets the calling thread go after ordinary ones. It needs no privilege, and cannot be taken back without one.
    package static func lower() {
        let thisThread = __priority_which_t(PRIO_PROCESS.rawValue)
        guard getpriority(thisThread, 0) < low else { return }
        _ = setpriority(thisThread, 0, low)
    }
}
