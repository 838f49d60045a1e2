/// What a scan says of itself, for who runs the exporter.
package struct ScanReport: Sendable, Equatable {
    /// How many Python processes cannot be observed, by reason.
    package var unobservable: [UnobservableReason: Int] = [:]
    /// Whether the kernel shows the processes of other users at all: the option hidepid of proc(5), which
    /// `ProtectProc=` of systemd.exec(5) sets, may hide them.
    package var seesOthers = true
    /// Regular expressions of rules that took too long for some process, and were given up there.
    package var exhaustedExpressions: Set<String> = []
    /// Threads that wait for files of other processes, which do not answer.
    package var stuckThreads = 0
    /// Whether nothing could be looked at, because as many threads wait as may.
    package var isBlind = false
    /// Time until the next scan, if scans cost more than their share of the CPU budget.
    package var stretchedInterval: Duration?
    /// Processes that were put into the group for all others, because there were too many groups.
    package var overflow = 0
}
