import Linux

/// Scans the host for Python processes, and accounts for the CPU time that each uses from scan to scan.
///
/// For one thread. Work that may block is done on others: ``BlockingWork``.
struct ProcessScanner {
    private let proc: String
    private let blocking: BlockingWork
    private var finder: ProcessFinder
    private var accounts: [ProcessIdentity: ProcessAccount] = [:]

    /// Whether the kernel showed processes of other users in the newest scan.
    var seesOthers: Bool { finder.seesOthers }
    /// Processes that the newest scan did not look into because its budget was spent, or for want of descriptors.
    var deferred: Int { finder.deferred }
    /// The processes whose files do not answer, whether or not they run Python.
    var silent: Set<Int32> { finder.silent }

    init(
        proc: String = "/proc",
        blocking: BlockingWork = BlockingWork(),
        starts: StartWatch? = nil,
        cpuClock: ((Int32) -> UInt64?)? = nil
    ) {
        self.proc = proc
        self.blocking = blocking
        finder = ProcessFinder(proc: proc, blocking: blocking, starts: starts, cpuClock: cpuClock)
    }

    /// The Python processes of this moment. Processes that have gone are forgotten.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    ///   - isWanted: whether to look at a process at all.
    mutating func scan(
        now: UInt64,
        budget: ScanBudget,
        isWanted: (Int32) -> Bool = { _ in true }
    ) throws(SystemError) -> [FoundProcess] {
        let found = try finder.scan(now: now, budget: budget, isWanted: isWanted)
        let present = Set(found.map(\.process))
        accounts = accounts.filter { present.contains($0.key) }
        return found
    }

    /// The Python processes among those that have just started: ``ProcessFinder/look(at:now:budget:)``.
    mutating func look(
        at candidates: StartWatch.Candidates,
        now: UInt64,
        budget: ScanBudget
    ) -> (found: [FoundProcess], isComplete: Bool) {
        finder.look(at: candidates, now: now, budget: budget)
    }

    /// Begins to account for a process, unless it is accounted for already.
    mutating func open(accountOf process: ProcessIdentity) {
        guard accounts[process] == nil else { return }
        accounts[process] = ProcessAccount(files(of: process))
    }

    mutating func close(accountOf process: ProcessIdentity) { accounts[process] = nil }

    /// The usage of a process since the previous call; nil if it has gone, has no account, or for want of descriptors.
    ///
    /// - Parameter threads: the number of threads that may be read. Those that were read are subtracted.
    mutating func usage(of found: FoundProcess, threads: inout Int) -> ProcessAccount.Usage? {
        accounts[found.process]?.usage(threads: &threads, cpu: found.cpu)
    }

    func files(of process: ProcessIdentity) -> ProcessFiles { ProcessFiles(proc: proc, pid: process.pid) }

    /// Asks each process a question that may block.
    func ask<Answer: Sendable>(
        _ processes: [FoundProcess],
        _ question: @escaping @Sendable (FoundProcess, ProcessFiles) -> Answer
    ) -> [BlockingWork.Outcome<Answer>] {
        blocking.map(
            processes,
            owner: { [proc] in ProcessFiles(proc: proc, pid: $0.process.pid).owner() ?? 0 },
            { [proc] found, _ in question(found, ProcessFiles(proc: proc, pid: found.process.pid)) }
        )
    }

    func isStuck(_ call: Int) -> Bool { blocking.isStuck(call) }
}
