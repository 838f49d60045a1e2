import Linux

/// This program and the workers of its probes, which are not observed.
struct OwnProcesses: Sendable {
    private let proc: String
    /// The number of this process in the /proc that is read; nil if unknown.
    let number: Int32?

    init(proc: String) {
        self.proc = proc
        number = (try? SymbolicLink.target(of: "\(proc)/self")).flatMap { Int32($0) }
    }

    /// Whether a process descends from this one. A worker is its child or grandchild.
    func haveStarted(_ pid: Int32) -> Bool {
        var pid = pid
        // 16 levels is a generous bound, and the chain has no cycles.
        for _ in 0..<16 {
            guard let number, let parent = files(of: pid).stat()?.parent, parent > 0 else { return false }
            if parent == number {
                // Process 1 of a container also adopts orphans. Unlike the supervisors of workers, they run other programs.
                return number > 1 || files(of: pid).programPath() == files(of: number).programPath()
            }
            pid = parent
        }
        return false
    }

    private func files(of pid: Int32) -> ProcessFiles { ProcessFiles(proc: proc, pid: pid) }
}
