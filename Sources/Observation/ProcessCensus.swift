import Linux

/// All that a look through /proc tells of the Python processes. For one thread; what may block is done on others.
struct ProcessCensus {
    struct Sighting {
        let process: ProcessIdentity
        let interpreter: Result<InterpreterLocation, UnobservableReason>
        let group: String
        /// What it used since the last census; nil where that cannot be told.
        let increment: ProcessAccount.Increment?
    }

    private struct Member {
        let group: String
        var account: ProcessAccount
    }

    /// Threads whose waits are read in one census, of all processes together: 20 ms. What one of them has waited adds up
    /// until it is read.
    private static let mostThreads = 4096

    private let proc: String
    private let blocking: BlockingWork
    private var finder: ProcessFinder
    private var grouping: Grouping
    private var members: [ProcessIdentity: Member] = [:]
    /// Those whose rules got no answer: the calls that wait for one.
    private var unanswered: [ProcessIdentity: Int] = [:]
    /// Processes that are in the group for all others because of the limit, counted since the start.
    private(set) var overflow = 0
    /// Groups that gave up their places with the newest census.
    private(set) var retired: Set<String> = []
    private(set) var deferred = 0

    /// Whether the newest census had a chance to see processes of other users.
    var seesOthers: Bool { finder.seesOthers }

    /// Expressions of rules that took too long, since the start.
    var exhaustedExpressions: Set<String> { grouping.exhausted }

    init(proc: String = "/proc", grouping: Grouping, blocking: BlockingWork = BlockingWork()) {
        self.proc = proc
        self.grouping = grouping
        self.blocking = blocking
        finder = ProcessFinder(proc: proc, blocking: blocking)
    }

    mutating func take(now: UInt64, allowance: ScanAllowance = ScanAllowance()) throws(SystemError) -> [Sighting] {
        let found = try finder.scan(now: now, allowance: allowance)
        let present = Set(found.map(\.process))
        members = members.filter { present.contains($0.key) }
        unanswered = unanswered.filter { present.contains($0.key) && blocking.isStuck($0.value) }
        deferred = finder.deferred
        nameNewcomers(among: found, now: now, allowance)
        var threads = Self.mostThreads
        let sightings = found.compactMap { sighting($0, now: now, &threads) }
        retired = grouping.retire(except: Set(sightings.map(\.group)), now: now)
        return sightings
    }

    /// Gives processes groups that have none yet.
    private mutating func nameNewcomers(among found: [ProcessFinder.Found], now: UInt64, _ allowance: ScanAllowance) {
        let newcomers = found.filter { found in
            members[found.process] == nil && unanswered[found.process] == nil
                && found.interpreter != .failure(.unresponsive)
        }
        let first = newcomers.first?.process
        let proposals = blocking.map(
            newcomers,
            owner: { [proc] in ProcessFiles(proc: proc, pid: $0.process.pid).owner() ?? 0 },
            { [proc, grouping] found, _ -> Grouping.Proposal? in
                guard found.process == first || !allowance.isSpent else { return nil }
                let files = ProcessFiles(proc: proc, pid: found.process.pid)
                return allowance.spending { grouping.proposal(for: ProcessAttributes(files)) }
            }
        )
        for (found, proposal) in zip(newcomers, proposals) {
            switch proposal {
            case .done(let proposal?):
                members[found.process] = Member(
                    group: admit(proposal, now: now),
                    account: ProcessAccount(files(of: found.process), isNewborn: found.isNewborn)
                )
            case .stuck(let call):
                unanswered[found.process] = call
            case .done(nil):
                deferred += 1
            case .refused:
                break
            }
        }
    }

    /// Nil for a process that nobody had the time to give a group.
    private mutating func sighting(_ found: ProcessFinder.Found, now: UInt64, _ threads: inout Int) -> Sighting? {
        guard let member = members[found.process] else {
            let isUnresponsive = found.interpreter == .failure(.unresponsive) || unanswered[found.process] != nil
            guard isUnresponsive else { return nil }
            // Its group by what can be had without its help; it gets its own when it answers.
            let attributes = ProcessAttributes(files(of: found.process))
            let membership = grouping.admit(Grouping.standardProposal(for: attributes), now: now)
            return Sighting(
                process: found.process,
                interpreter: .failure(.unresponsive),
                group: membership.group,
                increment: nil
            )
        }
        var increment: ProcessAccount.Increment?
        if case .success = found.interpreter {
            increment = members[found.process]?.account.increment(threads: &threads)
        }
        return Sighting(
            process: found.process,
            interpreter: found.interpreter,
            group: member.group,
            increment: increment
        )
    }

    private mutating func admit(_ proposal: Grouping.Proposal, now: UInt64) -> String {
        let membership = grouping.admit(proposal, now: now)
        if membership.isOverflow { overflow += 1 }
        return membership.group
    }

    private func files(of process: ProcessIdentity) -> ProcessFiles { ProcessFiles(proc: proc, pid: process.pid) }
}
