import CLinux
import Glibc

/// Reaps processes that are this one's children only because their parent is gone.
///
/// That is the duty of process 1 of a container, and of a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)): nobody else can,
/// and each that is not reaped keeps an entry of the process table.
package enum OrphanReaper {
    /// Whether the kernel gives orphans to this process.
    package static var isNeeded: Bool { getpid() == 1 || clinux_is_subreaper() != 0 }

    /// More are left to the next time.
    private static let most = 10_000

    /// Reaps the orphans that have ended. A child that ``SpawnedProcess`` has started is left to it.
    package static func reap() {
        for _ in 0..<most {
            let goesOn = SpawnedProcess.children.withLock { children in
                let ended = clinux_ended_child(WNOHANG)
                // The kernel names the oldest first. If that is a child of ours, its thread is about to reap it.
                guard ended > 0, !children.contains(ended) else { return false }
                return waitpid(ended, nil, WNOHANG) == ended
            }
            guard goesOn else { return }
        }
    }
}
