import Glibc

/// How readily a thread gives way to others: nice(2), which on Linux is a thread's and not a process's, setpriority(2).
package enum ThreadPriority {
    private static let low: CInt = 10

    /// Lets the calling thread go after ordinary ones. It needs no privilege, and cannot be taken back without one.
    package static func lower() {
        let thisThread = __priority_which_t(PRIO_PROCESS.rawValue)
        guard getpriority(thisThread, 0) < low else { return }
        _ = setpriority(thisThread, 0, low)
    }
}
