import Linux
package import Observation

/// The observed groups with their verdicts, and how far the observation can see.
package struct ObservationOverview: Sendable {
    /// A group and what limits it.
    package struct Row: Sendable {
        package let group: ObservedGroup
        package let verdict: GroupVerdict
        /// The functions that made other threads wait most, since the start; nil without profiles.
        package let functions: [CostlyFunction]?
    }

    /// Whether processes are observed.
    package enum State: Sendable, Equatable {
        case on
        /// The configuration turns it off.
        case off
        case failed(String)
    }

    package let state: State
    /// CPUs on which the exporter may run, which are those of the host unless they are limited; nil if they are unknown.
    package let usableCPUs: Int?
    /// The newest scan; nil before the first.
    package let scan: ScanReport?
    /// How the exporter gets access to processes that it may not read.
    package let remedy: String
    /// Those that need attention first, then the greatest demand first.
    package let rows: [Row]

    /// - Parameter profiles: what held the locks of the groups since the start; nil if that is not looked at.
    package init(
        _ groups: [ObservedGroup],
        profiles: [String: LockProfile]? = nil,
        state: State = .on,
        usableCPUs: Int?,
        scan: ScanReport? = nil,
        remedy: String = ""
    ) {
        self.state = state
        self.usableCPUs = usableCPUs
        self.scan = scan
        self.remedy = remedy
        // A CPU that one group uses is not free for another. Programs other than Python are not seen; where they use the
        // CPUs, threads wait on run queues, and the verdicts say so.
        let used = groups.compactMap { $0.usage?.cpuRatio }.reduce(0, +)
        let free = usableCPUs.map { max(0, Double($0) - used) }
        rows = groups.map { group in
            let functions = profiles.map { CostlyFunction.all(of: $0[group.name]?.holders ?? StackProfile()) }
            return Row(group: group, verdict: GroupVerdict(group, freeCPUs: free), functions: functions)
        }
        .sorted(by: Self.isBefore)
    }

    private static func isBefore(_ one: Row, _ other: Row) -> Bool {
        let (first, second) = (rank(one), rank(other))
        if first != second { return first < second }
        let (more, less) = (demand(one), demand(other))
        return more == less ? one.group.name < other.group.name : more > less
    }

    private static func rank(_ row: Row) -> Int {
        // Between groups that nothing limits, the load decides.
        switch row.verdict.kind {
        case .lock, .cpusAndLock: 0
        case .saturated, .sleepingHolder, .cpus: 1
        case .outside, .room, .noLock: 2
        case .unmeasured: 3
        case .idle: 4
        case .unobservable: 5
        case .absent: 6
        }
    }

    private static func demand(_ row: Row) -> Double {
        // Idle services keep their places: the little that they do would shuffle them with each look.
        guard row.verdict.kind != .idle, let usage = row.group.usage else { return 0 }
        return max(usage.demandRatio ?? usage.heldRatio, usage.cpuRatio ?? 0)
    }

    /// The rows of groups that are observed or have no process.
    var observed: [Row] { rows.filter { $0.verdict.kind != .unobservable } }

    /// Processes of which nothing is known, by group and reason, the most first.
    var blind: [Blind] {
        rows.flatMap { row in
            row.group.unobserved.map { Blind(group: row.group.name, reason: $0.key, processes: $0.value) }
        }
        .sorted { one, other in
            (other.processes, one.group, one.reason.rawValue) < (one.processes, other.group, other.reason.rawValue)
        }
    }

    /// Processes of a group that cannot be observed for one reason.
    struct Blind {
        var group: String
        var reason: UnobservableReason
        var processes: Int
    }

    /// What to do about a process that cannot be observed.
    func remedy(for reason: UnobservableReason) -> String {
        switch reason {
        case .permission: remedy
        case .version: "CPython 3.8 to 3.15 is known; a newer gil-exporter may know others"
        case .prerelease: "its layout is not final: use a release, or a newer gil-exporter"
        case .layout: "its memory does not look like an interpreter: please report its version and origin"
        case .impossible: "its locks account for more threads than it has: examine the process"
        case .image: "the file of its program is gone or damaged: restart it"
        case .unresponsive: "its file system does not answer: repair or unmount it"
        case .limit: "reading it costs too much: examine the process, which is unusual"
        case .architecture: "it is for other processors or has another word size: use another build of the program"
        case .syscall: "allow process_vm_readv in the seccomp profile of the exporter's sandbox"
        case .libc: "only its waiting threads are unknown"
        }
    }

    /// "1 of 3 groups is bound by its lock".
    package var sentence: String {
        switch state {
        case .off: return "Python processes are not observed: observation.enabled is false"
        case .failed(let reason): return "Python processes cannot be observed: \(reason)"
        case .on: break
        }
        let present = rows.filter { $0.verdict.kind != .absent }
        guard let scan else { return "The first scan for Python processes is running" }
        if present.isEmpty {
            if scan.blindness != nil { return "The scans for Python processes have stopped" }
            let isLimited = scan.scope.excludesOthers
            return isLimited ? "No Python process is visible to the exporter" : "No Python process is running here"
        }
        let groups = present.count == 1 ? "1 service" : "\(present.count) services"
        let findings: [(kinds: Set<GroupVerdict.Kind>, one: String, many: String)] = [
            ([.lock], "is bound by its lock", "are bound by their locks"),
            ([.cpusAndLock], "waits for CPUs and for its lock", "wait for CPUs and for their locks"),
            ([.cpus], "waits for CPUs", "wait for CPUs"),
            ([.saturated, .sleepingHolder], "has a lock that is always held", "have locks that are always held"),
            ([.unobservable], "cannot be observed", "cannot be observed"),
        ]
        let words = findings.compactMap { finding -> String? in
            let count = present.count { finding.kinds.contains($0.verdict.kind) }
            return count == 0 ? nil : "\(count) \(count == 1 ? finding.one : finding.many)"
        }
        if !words.isEmpty { return "Of \(groups), \(NumberText.list(words))" }
        if present.contains(where: { $0.verdict.kind == .unmeasured }) { return "\(groups): being measured" }
        return "\(groups): no lock limits \(present.count == 1 ? "it" : "them")"
    }

    /// What the operator should know about what the observation cannot see.
    var notices: [String] {
        guard state == .on, let scan else { return [] }
        var notices: [String] = []
        if scan.scope.excludesOthers {
            let reasons = scan.scope.reasons.joined(separator: "; ")
            notices.append("Processes of other users are not observed: \(reasons). To observe them: \(remedy).")
        }
        switch scan.blindness {
        case .unresponsive:
            notices.append("Too many files of other processes do not answer, so no process is looked at: check mounts.")
        case .noThread:
            notices.append("The system has no thread for scans, so no process is looked at: check its limits.")
        case nil: break
        }
        if scan.overflow > 0 {
            notices.append(
                "The limit of groups is reached; more processes are in the group other: raise observation.group_limit."
            )
        }
        if let interval = scan.stretchedInterval {
            let seconds = NumberText.seconds(interval.seconds, places: 0)
            notices.append("Scans come only every \(seconds), to keep observation.cpu_budget.")
        }
        return notices
    }
}
