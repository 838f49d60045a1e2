import Linux

/// A Python process that was scanned for the metrics, in its group.
struct ScannedProcess {
    let process: ProcessIdentity
    let interpreter: Result<InterpreterLocation, UnobservableReason>
    let group: String
    /// Nil outside of containers.
    var identity: GroupIdentity?
    /// The usage since the previous scan; nil if it is unknown.
    let usage: ProcessAccount.Usage?
}

/// Scans the host for Python processes, and sorts them into groups.
///
/// A process is asked for its group again: at the first scan after execve(2), and otherwise now and then, because a
/// program may set its title, and a process may be moved to another cgroup.
struct GroupScanner {
    /// The group of a process, and when to ask for it again. A class, because it is large, and each scan goes through all.
    private final class Member {
        var proposal: Grouping.Proposal
        /// Nil if the process is excluded.
        var group: String?
        /// Whether the process lacks the proposed group because there are too many.
        var isOverflow: Bool
        /// The program that it ran when it was asked.
        var program: Int?
        /// Nanoseconds of CPU that it had used then; nil if unknown.
        var cpu: UInt64?
        /// The hash of its answer.
        var mark: Int
        var schedule: MembershipSchedule

        init(
            of found: FoundProcess,
            _ proposal: Grouping.Proposal,
            _ membership: Grouping.Membership,
            mark: Int,
            _ schedule: MembershipSchedule
        ) {
            self.proposal = proposal
            (group, isOverflow) = (membership.group, membership.isOverflow)
            (program, cpu) = (found.program, found.cpu)
            self.mark = mark
            self.schedule = schedule
        }
    }

    private enum Answer: Sendable {
        case same
        /// The names of its pod are about to be known.
        case unnamed
        /// It was found while descriptors were short.
        case discarded
        case other(mark: Int, Grouping.Proposal)
    }

    /// Threads whose waits one scan reads, of all processes together: 20 ms. The wait of a thread that is not read adds up
    /// until it is.
    private static let maxThreads = 4096

    private var scanner: ProcessScanner
    private var grouping: Grouping
    private var members: [ProcessIdentity: Member] = [:]
    /// The processes that do not answer their rules, with the calls that wait for an answer.
    private var unanswered: [ProcessIdentity: Int] = [:]
    /// Since when the answers of processes have been discarded for lack of descriptors.
    private var discarded: [ProcessIdentity: UInt64] = [:]
    /// Processes that are in the group for all others because of the limit, counted since the start.
    private(set) var overflow = 0
    /// Groups that gave up their places in the newest scan.
    private(set) var retired: Set<String> = []
    /// Processes that the newest scan left to the next one because its budget was spent, or for want of descriptors.
    private(set) var deferred = 0

    /// Whether the kernel showed processes of other users in the newest scan.
    var seesOthers: Bool { scanner.seesOthers }

    /// Groups whose number of processes is known even if they have none.
    var expected: Set<String> { seesOthers ? grouping.expected : [] }

    /// Processes that a rule excludes.
    var excluded: Int { members.values.count { $0.group == nil } }

    /// Expressions of rules that took too long, since the start.
    var exhaustedExpressions: Set<String> { grouping.exhausted }

    /// - Parameter cpuClock: nanoseconds of CPU that a process has used: ``ProcessFiles/cpuTime()``.
    init(
        proc: String = "/proc",
        grouping: Grouping,
        blocking: BlockingWork = BlockingWork(),
        starts: StartWatch? = nil,
        cpuClock: ((Int32) -> UInt64?)? = nil
    ) {
        self.grouping = grouping
        scanner = ProcessScanner(proc: proc, blocking: blocking, starts: starts, cpuClock: cpuClock)
    }

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func scan(now: UInt64, budget: ScanBudget = ScanBudget()) throws(SystemError) -> [ScannedProcess] {
        let found = try scanner.scan(now: now, budget: budget)
        let present = Set(found.map(\.process))
        for process in members.keys.filter({ !present.contains($0) }) { members[process] = nil }
        unanswered = unanswered.filter { present.contains($0.key) && scanner.isStuck($0.value) }
        discarded = discarded.filter { present.contains($0.key) }
        deferred = scanner.deferred
        group(found, now: now, budget)
        var threads = Self.maxThreads
        let scanned = found.compactMap { scannedProcess($0, now: now, &threads) }
        retired = grouping.retire(except: Set(scanned.map(\.group)), now: now)
        return scanned
    }

    /// The processes that have just started, in their groups, without a look at all others.
    ///
    /// - Returns: also whether each was recognised.
    mutating func look(
        at candidates: StartWatch.Candidates,
        now: UInt64,
        budget: ScanBudget
    ) -> (scanned: [ScannedProcess], isComplete: Bool) {
        let (found, isComplete) = scanner.look(at: candidates, now: now, budget: budget)
        let before = deferred
        group(found, now: now, budget)
        deferred = before
        var threads = Self.maxThreads
        return (found.compactMap { scannedProcess($0, now: now, &threads) }, isComplete)
    }

    /// Asks the processes for their groups that have none, and those that are due again.
    private mutating func group(_ found: [FoundProcess], now: UInt64, _ budget: ScanBudget) {
        let asked = found.filter { found in
            guard unanswered[found.process] == nil, found.interpreter != .failure(.unresponsive) else { return false }
            guard let member = members[found.process] else { return true }
            // A process in the group for all others waits until another group ends, and one of a pod for its names.
            let mayChange = member.isOverflow || member.proposal.identity?.lacksNames == true
            let hasRun = found.cpu == nil || found.cpu != member.cpu || mayChange
            return member.program != found.program || member.schedule.isDue(now: now, hasRun: hasRun)
        }
        let newcomers = asked.filter { members[$0.process] == nil }
        let others = asked.filter { members[$0.process] != nil }
        let first = newcomers.first?.process
        // After execve(2), another program may answer with the same command line.
        let unchanged = others.filter { members[$0.process]?.program == $0.program }
        let marks = unchanged.reduce(into: [:]) { $0[$1.process] = members[$1.process]?.mark }
        let answers = scanner.ask(newcomers + others) { [grouping, discarded] found, files -> Answer? in
            guard found.process == first || !budget.isSpent else { return nil }
            let isPatient = discarded[found.process].map { now < $0 + ProcessFinder.patienceWithShortage } ?? true
            return budget.spending {
                let answer = { () -> Answer in
                    let attributes = grouping.attributes(of: files)
                    guard !attributes.isOfUnnamedPod else { return .unnamed }
                    let mark = grouping.mark(of: attributes)
                    // The program that started it has ended, and its group is known from before.
                    let isOrphan = attributes.isPartOfAnother && attributes.starter == nil
                    if let known = marks[found.process], known == mark || isOrphan { return .same }
                    return .other(mark: mark, grouping.proposal(for: attributes))
                }
                return isPatient ? Shortage.absent(during: answer) ?? .discarded : answer()
            }
        }
        for (found, answer) in zip(newcomers + others, answers) {
            let isDiscarded = if case .done(.discarded?) = answer { true } else { false }
            discarded[found.process] = isDiscarded ? discarded[found.process] ?? now : nil
            switch answer {
            case .done(.other(let mark, let proposal)?): admit(found, proposal, mark: mark, now: now)
            case .done(.same?): remain(found, now: now)
            case .stuck(let call): unanswered[found.process] = call
            case .done(nil), .done(.discarded?), .postponed: if members[found.process] == nil { deferred += 1 }
            case .refused, .done(.unnamed?): break
            }
        }
    }

    /// Gives a process its first group, or another one.
    private mutating func admit(_ found: FoundProcess, _ proposal: Grouping.Proposal, mark: Int, now: UInt64) {
        let before = members[found.process]
        let membership = grouping.admit(proposal, now: now)
        let isMove = before.map { $0.group != membership.group } ?? false
        if membership.isOverflow, before?.isOverflow != true { overflow += 1 }
        var schedule = before?.schedule ?? MembershipSchedule(of: found.process.pid, now: now)
        schedule.asked(now: now, isMove: isMove)
        members[found.process] = Member(of: found, proposal, membership, mark: mark, schedule)
        if membership.group == nil {
            scanner.close(accountOf: found.process)
        } else {
            scanner.open(accountOf: found.process)
        }
    }

    /// Notes that nothing has changed. A process in the group for all others may find a place now.
    private mutating func remain(_ found: FoundProcess, now: UInt64) {
        guard let member = members[found.process] else { return }
        if member.isOverflow {
            let membership = grouping.admit(member.proposal, now: now)
            (member.group, member.isOverflow) = (membership.group, membership.isOverflow)
        }
        (member.program, member.cpu) = (found.program, found.cpu)
        member.schedule.asked(now: now, isMove: false)
    }

    /// - Returns: nil for a process that has no group, because it is excluded, or yet, because the budget was spent or
    ///   for want of descriptors.
    private mutating func scannedProcess(_ found: FoundProcess, now: UInt64, _ threads: inout Int) -> ScannedProcess? {
        guard let member = members[found.process] else {
            let isUnresponsive = found.interpreter == .failure(.unresponsive) || unanswered[found.process] != nil
            guard isUnresponsive else { return nil }
            // Its group for now needs no answer from the process. When it answers, it gets the group of its rules.
            let files = scanner.files(of: found.process)
            let silent = Shortage.absent { Grouping.proposalInSilence(for: grouping.attributes(of: files)) }
            guard let proposal = silent else { return nil }
            let membership = grouping.admit(proposal, now: now)
            return membership.group.map {
                ScannedProcess(
                    process: found.process,
                    interpreter: .failure(.unresponsive),
                    group: $0,
                    identity: proposal.identity,
                    usage: nil
                )
            }
        }
        guard let group = member.group else { return nil }
        var usage: ProcessAccount.Usage?
        if case .success = found.interpreter { usage = scanner.usage(of: found, threads: &threads) }
        return ScannedProcess(
            process: found.process,
            interpreter: found.interpreter,
            group: group,
            identity: member.proposal.identity,
            usage: usage
        )
    }
}

/// When to ask a process again for its group: often while it is young, later every minute, and less often if it has changed
/// its group again and again, as with a title that names each request.
struct MembershipSchedule: Sendable {
    private static let maxInterval: UInt64 = 60_000_000_000
    /// Additional nanoseconds for a process that has not run since: others may still move it to another cgroup.
    private static let sleeperInterval: UInt64 = 600_000_000_000
    /// Changes after which the pause doubles with each.
    private static let freeMoves = 3
    /// 64 minutes.
    private static let maxDoublings = 6

    private let pid: Int32
    private let since: UInt64
    private var next: UInt64
    private var moves = 0

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    init(of pid: Int32, now: UInt64) {
        self.pid = pid
        since = now
        next = now
    }

    /// - Parameter hasRun: whether the process may have run since it was asked.
    func isDue(now: UInt64, hasRun: Bool) -> Bool { now >= next &+ (hasRun ? 0 : Self.sleeperInterval) }

    /// - Parameter isMove: whether the process has changed its group.
    mutating func asked(now: UInt64, isMove: Bool) {
        moves = isMove ? moves + 1 : max(0, moves - 1)
        let interval =
            moves > Self.freeMoves
            ? Self.maxInterval << UInt64(min(moves - Self.freeMoves, Self.maxDoublings))
            : min(now - min(since, now), Self.maxInterval)
        // Varied, so that processes that started together are not asked together.
        next = now + interval / 4 * 3 + interval / 2 / 64 * UInt64(pid % 64)
    }
}
