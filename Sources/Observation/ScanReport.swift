/// What a scan says of itself, for who runs the exporter.
package struct ScanReport: Sendable, Equatable {
    /// How many Python processes cannot be observed, by reason.
    package var unobservable: [UnobservableReason: Int] = [:]
    /// Whether the kernel shows the processes of other users at all: the option hidepid of proc(5), which
    /// `ProtectProc=` of systemd.exec(5) sets, may hide them.
    package var seesOthers = true
    /// Regular expressions of rules that took too long for some process, and were given up there.
    package var exhaustedExpressions: Set<String> = []
}
