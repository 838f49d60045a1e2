import Linux

/// The Python processes that are observed now, and how much of each is counted already. For one thread at a time.
///
/// Each operation reads the sampler once, so all metrics of a scrape are of one instant.
struct ObservedProcesses {
    /// A class, because it is large, and each scrape goes through all.
    private final class Entry {
        private(set) var group: String
        private(set) var metrics: GroupMetrics
        var interpreter: Result<InterpreterLocation, UnobservableReason>
        var sampling = TrackedProcess.State.starting
        /// The observation that is in the counters of the group.
        var counted: ProcessObservation?
        /// Whether the process has started since the observation began, and was not observed yet.
        private(set) var isNewborn: Bool
        /// Usage before the first observation. It is counted with that.
        private var pending: [ProcessAccount.Usage] = []
        /// The usage at the newest scan.
        private(set) var usage = ProcessAccount.Usage()
        var identity: GroupIdentity?
        /// When a scan has found that the process has ended: nanoseconds. It stays until the sampler has found that, too, and
        /// has counted what came last, or for ``maxFarewell``.
        var leftAt: UInt64?
        var hasLeft: Bool { leftAt != nil }

        init(
            group: String,
            _ metrics: GroupMetrics,
            _ interpreter: Result<InterpreterLocation, UnobservableReason>,
            isNewborn: Bool
        ) {
            self.group = group
            self.metrics = metrics
            self.interpreter = interpreter
            self.isNewborn = isNewborn
        }

        /// The current state; nil if it is unknown.
        var state: Result<ProcessObservation, UnobservableReason>? {
            switch (interpreter, sampling) {
            case (.failure(let reason), _), (_, .unobservable(let reason)): .failure(reason)
            case (.success, .observed): counted.map { .success($0) }
            case (.success, .starting), (.success, .ended): nil
            }
        }

        /// Whether the process has ended since the newest scan.
        var hasEnded: Bool { if case .ended = sampling { true } else { false } }

        /// Whether the sampler may find more of a process that has ended.
        var mayHaveNews: Bool {
            guard case .success = interpreter else { return false }
            switch sampling {
            case .starting, .observed: return true
            case .unobservable, .ended: return false
            }
        }

        func count(_ tracked: TrackedProcess) {
            sampling = tracked.state
            guard let observation = tracked.observation else { return }
            if isNewborn {
                isNewborn = false
                metrics.countUnobserved(observation.cpuBefore)
            }
            metrics.count(observation, since: counted)
            counted = observation
            for usage in pending { metrics.count(usage) }
            pending.removeAll(keepingCapacity: true)
        }

        /// Counts for another group from now on. The usage until now stays with the group before, as the samples do.
        func move(to group: String, _ metrics: GroupMetrics) {
            if counted != nil {
                for usage in pending { self.metrics.count(usage) }
                pending.removeAll(keepingCapacity: true)
            }
            (self.group, self.metrics) = (group, metrics)
        }

        func add(_ usage: ProcessAccount.Usage) {
            self.usage = usage
            pending.append(usage)
            // For a process that is not observed for long, only the newest usage is counted.
            if pending.count > 2 { pending.removeFirst() }
        }
    }

    private let metrics: ObservationMetrics
    private let sampler: any ProcessSampling
    /// Nil if stacks are not wanted.
    private let profiles: GroupProfiles?
    private let topFunctions: Int
    private var boot = BootClock()
    private var entries: [ProcessIdentity: Entry] = [:]
    private var groups: [String: GroupMetrics] = [:]
    /// Processes that run, but are not observed any more: their rule excludes them, or they execute another program. If they
    /// come back, neither their start nor their CPU time before it is new. The value is whether they were never observed.
    private var left: [ProcessIdentity: Bool] = [:]
    /// The number of ``left`` from which on those that have ended are removed.
    private var maxLeft = Self.minLeft
    private let isRunning: (ProcessIdentity) -> Bool
    private let clock: () -> UInt64
    /// The publication that is in the metrics, without its processes.
    private var counted: SamplerPublication?

    private static let minLeft = 64
    private static let maxInterrupted = 16
    /// Nanoseconds in which the sampler finds an end, even of a process that it reads as seldom as any.
    private static let maxFarewell: UInt64 = 90_000_000_000

    /// - Parameters:
    ///   - topFunctions: those of each group that have series of their own.
    ///   - isRunning: whether the process has not ended.
    ///   - clock: nanoseconds of ``KernelClock/monotonic()``.
    init(
        metrics: ObservationMetrics,
        sampler: any ProcessSampling,
        profiles: GroupProfiles? = nil,
        topFunctions: Int = 0,
        isRunning: @escaping (ProcessIdentity) -> Bool = Self.isRunning,
        clock: @escaping () -> UInt64 = KernelClock.monotonic
    ) {
        (self.isRunning, self.clock) = (isRunning, clock)
        self.metrics = metrics
        self.sampler = sampler
        self.profiles = profiles
        self.topFunctions = topFunctions
    }

    /// The number of processes that cannot be observed now, by reason.
    var unobservable: [UnobservableReason: Int] {
        entries.values.reduce(into: [:]) { counts, entry in
            guard !entry.hasLeft else { return }
            if case .failure(let reason) = entry.state { counts[reason, default: 0] += 1 }
        }
    }

    /// The groups as the metrics show them, without their history.
    var overview: [ObservedGroup] { groups.values.map(\.overview) }

    /// The counters of each group.
    var totals: [String: GroupHistory.Totals] { groups.mapValues(\.totals) }

    /// Threads that hang in the memory of processes.
    var stuckThreads: Int { counted?.stuckThreads ?? 0 }

    /// Replaces the sampling thread if it hangs, which the sampler detects when it is read, forgets processes that have
    /// ended, and takes their profiles before they grow.
    ///
    /// - Returns: whether any process is sampled, and some of those whose locks are not where they were.
    mutating func supervise() -> (isSampling: Bool, interrupted: [Int32]) {
        let publication = sampler.publication()
        countProfiles()
        for process in publication.ended {
            if let tracked = publication.processes[process] { entries[process]?.count(tracked) }
            forget(process)
        }
        var interrupted: [Int32] = []
        for (process, tracked) in publication.processes
        where tracked.isInterrupted && entries[process]?.hasLeft == false && interrupted.count < Self.maxInterrupted {
            interrupted.append(process.pid)
        }
        return (publication.processes.count > publication.ended.count, interrupted)
    }

    /// Sets the share of one CPU that sampling may take.
    func setSamplingBudget(_ budget: Double) { sampler.setBudget(budget) }

    /// Takes over the result of a scan.
    ///
    /// - Parameters:
    ///   - retired: groups that were removed.
    ///   - expected: groups that have series even without processes.
    mutating func update(_ scanned: [ScannedProcess], retired: Set<String> = [], expected: Set<String> = []) {
        // First count the last observations of processes that are about to be forgotten.
        count(sampler.publication())
        var gone = Set(entries.keys)
        for process in scanned { gone.remove(process.process) }
        add(scanned)
        for process in gone { leave(process) }
        for group in expected { metrics(of: group).expect() }
        identify()
        show()
        for group in retired {
            metrics.remove(group)
            groups[group] = nil
            profiles?.remove(group)
        }
    }

    /// Takes over processes that were found since the scan.
    mutating func add(_ scanned: [ScannedProcess]) {
        for process in scanned { take(process) }
    }

    /// Brings the metrics up to date with the sampler.
    mutating func refresh() {
        count(sampler.publication())
        show()
    }

    /// Forgets all processes. Counters keep their values.
    mutating func removeAll() {
        count(sampler.publication())
        for process in entries.keys { forget(process) }
        show()
    }

    /// Notes that a scan has not found a process, which may have ended or not.
    private mutating func leave(_ process: ProcessIdentity) {
        guard let entry = entries[process] else { return }
        if isRunning(process) {
            left[process] = entry.isNewborn
        } else if entry.mayHaveNews {
            let now = clock()
            let leftAt = entry.leftAt ?? now
            entry.leftAt = leftAt
            guard now >= leftAt + Self.maxFarewell else { return }
        }
        forget(process)
        guard left.count > maxLeft else { return }
        left = left.filter { isRunning($0.key) }
        maxLeft = max(Self.minLeft, 2 * left.count)
    }

    /// A zombie has no memory (proc_pid_stat(5)), and never runs again.
    private static func isRunning(_ process: ProcessIdentity) -> Bool {
        let stat = ProcessFiles(proc: "/proc", pid: process.pid).stat()
        return stat?.startTicks == process.startTime && stat?.virtualBytes != 0
    }

    private mutating func forget(_ process: ProcessIdentity) {
        sampler.untrack(process)
        entries[process] = nil
    }

    private mutating func take(_ scanned: ScannedProcess) {
        let known = entries[scanned.process]
        let entry = known ?? newEntry(of: scanned)
        (entry.identity, entry.leftAt) = (scanned.identity, nil)
        if let usage = scanned.usage { entry.add(usage) }
        if entry.group != scanned.group { entry.move(to: scanned.group, metrics(of: scanned.group)) }
        guard known == nil || entry.interpreter != scanned.interpreter else { return }
        entry.interpreter = scanned.interpreter
        switch scanned.interpreter {
        case .success(let location):
            sampler.track(location)
        case .failure:
            sampler.untrack(scanned.process)
            entry.counted = nil
        }
    }

    private mutating func newEntry(of scanned: ScannedProcess) -> Entry {
        let metrics = metrics(of: scanned.group)
        let isBack = left.removeValue(forKey: scanned.process)
        let isNewborn = isBack ?? boot.isAfterBeginning(scanned.process)
        if isNewborn, isBack == nil { metrics.countStart() }
        let entry = Entry(group: scanned.group, metrics, scanned.interpreter, isNewborn: isNewborn)
        entries[scanned.process] = entry
        return entry
    }

    /// Shows what the groups are that have processes now. A group without any keeps its identity.
    private func identify() {
        var members: [String: [(identity: GroupIdentity?, start: UInt64)]] = [:]
        for (process, entry) in entries where !entry.hasLeft {
            members[entry.group, default: []].append((entry.identity, process.startTime))
        }
        members[Grouping.overflow] = nil
        for (group, members) in members { groups[group]?.show(GroupIdentity.common(of: members)) }
    }

    private mutating func metrics(of group: String) -> GroupMetrics {
        if let known = groups[group] { return known }
        let new = GroupMetrics(metrics, group: group)
        groups[group] = new
        return new
    }

    private mutating func count(_ publication: SamplerPublication) {
        for (process, tracked) in publication.processes { entries[process]?.count(tracked) }
        countProfiles()
        metrics.count(publication, since: counted, isObserving: !entries.isEmpty)
        counted = publication
        // Kept, they would be copied when the sampler publishes the next time.
        counted?.processes = [:]
        counted?.ended = []
    }

    private func countProfiles() {
        guard profiles != nil || topFunctions > 0 else { return }
        let now = KernelClock.monotonic()
        for (process, profile) in sampler.takeProfiles() {
            guard let group = entries[process]?.group else { continue }
            profiles?.merge(profile, into: group)
            if topFunctions > 0 { metrics.functions.count(profile.holders, of: group, top: topFunctions, at: now) }
        }
    }

    private mutating func show() {
        boot.readIfUnknown()
        for group in groups.values { group.beginGauges() }
        for (process, entry) in entries where !entry.hasLeft {
            if let start = boot.unixTime(of: process) { entry.metrics.add(start: start) }
            switch entry.state {
            case .success(let observation):
                var usage = entry.usage
                // Of the moment at which the waiting threads were compared with it, so that they never exceed it.
                if let threads = observation.threads { usage.threads = UInt64(clamping: threads) }
                entry.metrics.add(observation, usage)
            case .failure(let reason): entry.metrics.add(reason)
            case nil: if !entry.hasEnded { entry.metrics.addStarting() }
            }
        }
        for group in groups.values { group.showGauges() }
    }
}

/// Relates the start times of processes, which are ticks since the boot, to the calendar and to the begin of the observation.
/// Read successfully once, so that a clock that is set later does not look like a restart of all processes.
private struct BootClock {
    /// Unix time of the boot; nil if it is unknown.
    private var boot: UInt64?
    private let beginning = KernelClock.boot()

    mutating func readIfUnknown() {
        if boot == nil { boot = (try? KernelStat.read())?.bootTime }
    }

    func unixTime(of process: ProcessIdentity) -> Double? {
        boot.map { Double($0) + ClockTicks.duration(process.startTime).seconds }
    }

    func isAfterBeginning(_ process: ProcessIdentity) -> Bool {
        ClockTicks.duration(process.startTime) > .nanoseconds(Int64(clamping: beginning))
    }
}
