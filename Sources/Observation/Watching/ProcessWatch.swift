package import Linux

/// Looks at the Python processes of this host again and again, and compares each look with the previous one.
package struct ProcessWatch {
    private typealias Words = (commandLine: String, service: String?)

    private struct Known {
        /// The observation at that look; nil if there was none yet.
        var observation: ProcessObservation?
        var holders: RecentHolderShares?
        var words: Words?

        mutating func note(_ look: ProcessObservation?) {
            observation = look
            guard let look else { return }
            if holders == nil { holders = RecentHolderShares(look) } else { holders?.add(look) }
        }
    }

    /// Limits a look, so that the user need not wait for long.
    private static var budget: ScanBudget { ScanBudget(cpu: .seconds(1), time: .seconds(5)) }
    private static let maxThreads = 16_384

    private let sampler: GILSampler
    private var scanner = ProcessScanner()
    /// The processes of the previous look.
    private var known: [ProcessIdentity: Known] = [:]
    private var lookedAt: UInt64?

    private let grouping: Grouping

    /// - Parameter observation: has the rules that put processes into services.
    package init(
        _ settings: GILSampler.Settings,
        observation: ObservationSettings = ObservationSettings()
    ) throws(SystemError) {
        sampler = try GILSampler(settings)
        grouping = Grouping(observation)
    }

    /// The processes whose files did not answer at the last look, whether or not they run Python.
    package var silent: Set<Int32> { scanner.silent }

    /// The Python processes that `isWanted` selects. A process that appears is reported from its second look on.
    ///
    /// - Parameters:
    ///   - withThreads: whether to look for the threads that hold a lock or wait for one.
    ///   - pids: the only processes to look at, whatever their names; nil for all.
    package mutating func look(
        withThreads: Bool,
        only pids: Set<Int32>? = nil,
        isWanted: (_ pid: Int32, _ name: String, _ commandLine: String, _ service: String?) -> Bool
    ) throws(SystemError) -> [WatchedProcess] {
        let now = KernelClock.monotonic()
        let seconds = lookedAt.map { Double.seconds(nanoseconds: now - $0) }
        lookedAt = now
        let sampled = sampler.publication().processes
        var current: [ProcessIdentity: Known] = [:]
        var rows: [WatchedProcess] = []
        var threads = Self.maxThreads
        let all = try scanner.scan(now: now, budget: Self.budget) { pids?.contains($0) ?? true }
        for (found, (commandLine, service)) in zip(all, words(of: all)) {
            let process = found.process
            let name = scanner.files(of: process).name() ?? "?"
            guard isWanted(process.pid, name, commandLine, service) else { continue }
            if case .success(let location) = found.interpreter { sampler.track(location) }
            scanner.open(accountOf: process)
            let usage = scanner.usage(of: found, threads: &threads)
            let before = known[process]
            var latest = before ?? Known()
            latest.note(sampled[process]?.observation)
            latest.words = (commandLine, service)
            current[process] = latest
            guard let before, let seconds else { continue }
            let cpuRatio = usage.map { ($0.user + $0.system).seconds / seconds }
            var row = WatchedProcess(
                pid: process.pid,
                name: name,
                commandLine: commandLine,
                service: service,
                cpuRatio: cpuRatio,
                runQueueRatio: usage?.runQueue.map { $0.seconds / seconds },
                activity: Self.activity(found, sampled[process], since: before.observation, latest.holders, cpuRatio)
            )
            if withThreads { row.lockThreads = lockThreads(of: found) }
            rows.append(row)
        }
        for gone in known.keys where current[gone] == nil { sampler.untrack(gone) }
        known = current
        return rows
    }

    /// What held the locks of the watched processes, and what waited for them, since the last call, if the settings want
    /// profiles.
    package func takeProfiles() -> [Int32: LockProfile] {
        Dictionary(sampler.takeProfiles().map { ($0.key.pid, $0.value) }) { first, _ in first }
    }

    /// The command lines and services, those of the previous look for want of descriptors; of a process that does not
    /// answer, an empty line and the service that needs no answer. A command line is memory of its process.
    private func words(of found: [FoundProcess]) -> [Words] {
        let known = known.compactMapValues(\.words)
        let answers = scanner.ask(found) { [grouping] found, files -> Words? in
            guard found.interpreter != .failure(.unresponsive) else { return nil }
            let words = Shortage.absent {
                (files.commandLine() ?? "", grouping.proposal(for: grouping.attributes(of: files)).name)
            }
            return words ?? known[found.process]
        }
        return zip(found, answers).map { found, answer in
            if case .done(let words?) = answer { return words }
            return ("", Grouping.proposalInSilence(for: grouping.attributes(of: scanner.files(of: found.process))).name)
        }
    }

    private func lockThreads(of found: FoundProcess) -> [LockThread] {
        guard case .success(let location) = found.interpreter,
            case .done(let threads)? = scanner.ask([found], { _, _ in LockThread.all(of: location) }).first
        else { return [] }
        return threads
    }

    /// - Returns: nil while the activity is unknown.
    private static func activity(
        _ found: FoundProcess,
        _ tracked: TrackedProcess?,
        since before: ProcessObservation?,
        _ holders: RecentHolderShares?,
        _ cpuRatio: Double?
    ) -> Result<WatchedProcess.Activity, UnobservableReason>? {
        if case .failure(let reason) = found.interpreter { return .failure(reason) }
        if case .unobservable(let reason) = tracked?.state { return .failure(reason) }
        guard let before, let observation = tracked?.observation else { return nil }
        return WatchedProcess.Activity(from: before, to: observation, holders: holders?.shares, cpuRatio: cpuRatio)
            .map { .success($0) }
    }
}
