import Linux

/// All that a look through /proc tells of the Python processes. For one thread: it may take long, and may be held up by
/// a file system that does not answer.
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

    private let proc: String
    private var finder: ProcessFinder
    private var grouping: Grouping
    private var members: [ProcessIdentity: Member] = [:]
    /// Processes that are in the group for all others because of the limit, counted since the start.
    private(set) var overflow = 0

    /// Whether the newest census had a chance to see processes of other users.
    var seesOthers: Bool { finder.seesOthers }

    /// Expressions of rules that took too long, since the start.
    var exhaustedExpressions: Set<String> { grouping.exhausted }

    init(proc: String = "/proc", grouping: Grouping) {
        self.proc = proc
        self.grouping = grouping
        finder = ProcessFinder(proc: proc)
    }

    mutating func take(now: UInt64) throws(SystemError) -> [Sighting] {
        let found = try finder.scan(now: now)
        let present = Set(found.map(\.process))
        members = members.filter { present.contains($0.key) }
        return found.map { sighting($0) }
    }

    private mutating func sighting(_ found: ProcessFinder.Found) -> Sighting {
        var member =
            members[found.process]
            ?? Member(
                group: group(of: found.process),
                account: ProcessAccount(files(of: found.process), isNewborn: found.isNewborn)
            )
        let increment = (try? found.interpreter.get()) == nil ? nil : member.account.increment()
        members[found.process] = member
        return Sighting(
            process: found.process,
            interpreter: found.interpreter,
            group: member.group,
            increment: increment
        )
    }

    private mutating func group(of process: ProcessIdentity) -> String {
        let membership = grouping.membership(of: ProcessAttributes(files(of: process)))
        if membership.isOverflow { overflow += 1 }
        return membership.group
    }

    private func files(of process: ProcessIdentity) -> ProcessFiles { ProcessFiles(proc: proc, pid: process.pid) }
}
