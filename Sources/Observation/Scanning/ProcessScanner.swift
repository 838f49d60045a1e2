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
    /// Processes that the newest scan did not look into because its budget was spent.
    var deferred: Int { finder.deferred }
    /// The processes whose files do not answer, whether or not they run Python.
    var silent: Set<Int32> { finder.silent }

    init(proc: String = "/proc", blocking: BlockingWork = BlockingWork()) {
        self.proc = proc
        self.blocking = blocking
        finder = ProcessFinder(proc: proc, blocking: blocking)
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

    /// Begins to account for a process, unless it is accounted for already.
    mutating func open(accountOf process: ProcessIdentity, isNewborn: Bool) {
        guard accounts[process] == nil else { return }
        accounts[process] = ProcessAccount(files(of: process), isNewborn: isNewborn)
    }

    /// The usage of a process since the previous call; nil if it has gone or has no account.
    ///
    /// - Parameter threads: the number of threads that may be read. Those that were read are subtracted.
    mutating func usage(of process: ProcessIdentity, threads: inout Int) -> ProcessAccount.Usage? {
        accounts[process]?.usage(threads: &threads)
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

/// A Python process that was scanned for the metrics, in its group.
struct ScannedProcess {
    let process: ProcessIdentity
    let interpreter: Result<InterpreterLocation, UnobservableReason>
    let group: String
    /// The usage since the previous scan; nil if it is unknown.
    let usage: ProcessAccount.Usage?
}

/// Scans the host for Python processes, and sorts them into groups.
struct GroupScanner {
    /// Threads whose waits one scan reads, of all processes together: 20 ms. The wait of a thread that is not read adds up
    /// until it is.
    private static let maxThreads = 4096

    private var scanner: ProcessScanner
    private var grouping: Grouping
    private var groups: [ProcessIdentity: String] = [:]
    /// The processes that do not answer their rules, with the calls that wait for an answer.
    private var unanswered: [ProcessIdentity: Int] = [:]
    /// Processes that are in the group for all others because of the limit, counted since the start.
    private(set) var overflow = 0
    /// Groups that gave up their places in the newest scan.
    private(set) var retired: Set<String> = []
    /// Processes that the newest scan left to the next one because its budget was spent.
    private(set) var deferred = 0

    /// Whether the kernel showed processes of other users in the newest scan.
    var seesOthers: Bool { scanner.seesOthers }

    /// Expressions of rules that took too long, since the start.
    var exhaustedExpressions: Set<String> { grouping.exhausted }

    init(proc: String = "/proc", grouping: Grouping, blocking: BlockingWork = BlockingWork()) {
        self.grouping = grouping
        scanner = ProcessScanner(proc: proc, blocking: blocking)
    }

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func scan(now: UInt64, budget: ScanBudget = ScanBudget()) throws(SystemError) -> [ScannedProcess] {
        let found = try scanner.scan(now: now, budget: budget)
        let present = Set(found.map(\.process))
        groups = groups.filter { present.contains($0.key) }
        unanswered = unanswered.filter { present.contains($0.key) && scanner.isStuck($0.value) }
        deferred = scanner.deferred
        group(found, now: now, budget)
        var threads = Self.maxThreads
        let scanned = found.compactMap { scannedProcess($0, now: now, &threads) }
        retired = grouping.retire(except: Set(scanned.map(\.group)), now: now)
        return scanned
    }

    /// Gives groups to the processes that have none.
    private mutating func group(_ found: [FoundProcess], now: UInt64, _ budget: ScanBudget) {
        let newcomers = found.filter { found in
            groups[found.process] == nil && unanswered[found.process] == nil
                && found.interpreter != .failure(.unresponsive)
        }
        let first = newcomers.first?.process
        let proposals = scanner.ask(newcomers) { [grouping] found, files -> Grouping.Proposal? in
            guard found.process == first || !budget.isSpent else { return nil }
            return budget.spending { grouping.proposal(for: ProcessAttributes(files)) }
        }
        for (found, proposal) in zip(newcomers, proposals) {
            switch proposal {
            case .done(let proposal?):
                groups[found.process] = admit(proposal, now: now)
                scanner.open(accountOf: found.process, isNewborn: found.isNewborn)
            case .stuck(let call):
                unanswered[found.process] = call
            case .done(nil):
                deferred += 1
            case .refused:
                break
            }
        }
    }

    /// - Returns: nil for a process that has no group yet because the budget was spent.
    private mutating func scannedProcess(_ found: FoundProcess, now: UInt64, _ threads: inout Int) -> ScannedProcess? {
        guard let group = groups[found.process] else {
            let isUnresponsive = found.interpreter == .failure(.unresponsive) || unanswered[found.process] != nil
            guard isUnresponsive else { return nil }
            // Its group for now needs no answer from the process. When it answers, it gets the group of its rules.
            let attributes = ProcessAttributes(scanner.files(of: found.process))
            let membership = grouping.admit(Grouping.standardProposal(for: attributes), now: now)
            return ScannedProcess(
                process: found.process,
                interpreter: .failure(.unresponsive),
                group: membership.group,
                usage: nil
            )
        }
        var usage: ProcessAccount.Usage?
        if case .success = found.interpreter { usage = scanner.usage(of: found.process, threads: &threads) }
        return ScannedProcess(process: found.process, interpreter: found.interpreter, group: group, usage: usage)
    }

    private mutating func admit(_ proposal: Grouping.Proposal, now: UInt64) -> String {
        let membership = grouping.admit(proposal, now: now)
        if membership.isOverflow { overflow += 1 }
        return membership.group
    }
}
