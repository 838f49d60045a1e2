package import Linux

/// Looks at the Python processes of this host again and again, and says what each did in between.
package struct ProcessWatch {
    /// What was known at the last look.
    private struct Known {
        var account: ProcessAccount
        var observation: ProcessObservation?
    }

    private let sampler: GILSampler
    private var finder = ProcessFinder()
    private var known: [ProcessIdentity: Known] = [:]
    private var lookedAt: UInt64?

    package init(_ settings: GILSampler.Settings) throws(SystemError) {
        sampler = try GILSampler(settings)
    }

    /// Samples of each process per second, as the CPU budget allows now.
    package var effectiveRate: Double { sampler.effectiveRate }

    /// The Python processes that `isWanted`; those that were not there at the look before come with the next one.
    ///
    /// - Parameter withThreads: whether to tell which threads hold and want the locks.
    package mutating func look(
        withThreads: Bool,
        isWanted: (_ pid: Int32, _ name: String, _ commandLine: String) -> Bool
    ) throws(SystemError) -> [WatchedProcess] {
        let now = KernelClock.monotonic()
        let seconds = lookedAt.map { Double(now - $0) / 1e9 }
        lookedAt = now
        let processes = sampler.processes
        var current: [ProcessIdentity: Known] = [:]
        var rows: [WatchedProcess] = []
        for found in try finder.scan(now: now) {
            let identity = found.process
            let files = ProcessFiles(proc: "/proc", pid: identity.pid)
            let (name, commandLine) = (files.name() ?? "?", files.commandLine() ?? "")
            guard isWanted(identity.pid, name, commandLine) else { continue }
            if case .success(let location) = found.interpreter { sampler.track(location) }
            let isKnown = known[identity] != nil
            var next = known[identity] ?? Known(account: ProcessAccount(files, isNewborn: false))
            let increment = next.account.increment()
            let before = next.observation
            next.observation = processes[identity]?.observation
            current[identity] = next
            guard isKnown, let seconds else { continue }
            var row = WatchedProcess(
                pid: identity.pid,
                name: name,
                commandLine: commandLine,
                cpuRatio: increment.map { ($0.user + $0.system).seconds / seconds },
                runQueueRatio: increment?.runQueue.map { $0.seconds / seconds },
                activity: Self.activity(found, processes[identity], since: before)
            )
            if withThreads, case .success(let location) = found.interpreter {
                row.lockThreads = LockThread.all(of: location)
            }
            rows.append(row)
        }
        for gone in known.keys where current[gone] == nil { sampler.untrack(gone) }
        known = current
        return rows
    }

    /// Nil while nothing can be said yet.
    private static func activity(
        _ found: ProcessFinder.Found,
        _ tracked: TrackedProcess?,
        since before: ProcessObservation?
    ) -> Result<WatchedProcess.Activity, UnobservableReason>? {
        if case .failure(let reason) = found.interpreter { return .failure(reason) }
        if case .unobservable(let reason) = tracked?.state { return .failure(reason) }
        guard let before, let observation = tracked?.observation else { return nil }
        return WatchedProcess.Activity(from: before, to: observation).map { .success($0) }
    }
}
