package import Linux

/// Looks at the Python processes of this host again and again, and says what each did in between.
package struct ProcessWatch {
    /// What was known at the last look.
    private struct Known {
        var account: ProcessAccount
        var observation: ProcessObservation?
    }

    /// What looking into new processes may cost at a look, so that a person need not wait for long.
    private static var allowance: ScanAllowance { ScanAllowance(cpu: .seconds(1), time: .seconds(5)) }
    private static let mostThreads = 16_384

    private let sampler: GILSampler
    private let blocking = BlockingWork()
    private var finder: ProcessFinder
    private var known: [ProcessIdentity: Known] = [:]
    private var lookedAt: UInt64?

    package init(_ settings: GILSampler.Settings) throws(SystemError) {
        sampler = try GILSampler(settings)
        finder = ProcessFinder(proc: "/proc", blocking: blocking)
    }

    /// Samples of each process per second, as the CPU budget allows now.
    package var effectiveRate: Double { sampler.effectiveRate }

    /// Whether the kernel shows the processes of other users: known after the first look.
    package var seesOthers: Bool { finder.seesOthers }

    /// The Python processes that `isWanted`; those that were not there at the look before come with the next one.
    ///
    /// - Parameters:
    ///   - withThreads: whether to tell which threads hold and want the locks.
    ///   - pids: where only these are wanted, whatever they are called: others are not looked into.
    package mutating func look(
        withThreads: Bool,
        only pids: Set<Int32>? = nil,
        isWanted: (_ pid: Int32, _ name: String, _ commandLine: String) -> Bool
    ) throws(SystemError) -> [WatchedProcess] {
        let now = KernelClock.monotonic()
        let seconds = lookedAt.map { Double(now - $0) / 1e9 }
        lookedAt = now
        let processes = sampler.processes
        var current: [ProcessIdentity: Known] = [:]
        var rows: [WatchedProcess] = []
        var threads = Self.mostThreads
        let all = try finder.scan(now: now, allowance: Self.allowance) { pids?.contains($0) ?? true }
        for (found, commandLine) in zip(all, commandLines(of: all)) {
            let identity = found.process
            let files = ProcessFiles(proc: "/proc", pid: identity.pid)
            let name = files.name() ?? "?"
            guard isWanted(identity.pid, name, commandLine) else { continue }
            if case .success(let location) = found.interpreter { sampler.track(location) }
            let isKnown = known[identity] != nil
            var next = known[identity] ?? Known(account: ProcessAccount(files, isNewborn: false))
            let increment = next.account.increment(threads: &threads)
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
                row.lockThreads = lockThreads(of: location)
            }
            rows.append(row)
        }
        for gone in known.keys where current[gone] == nil { sampler.untrack(gone) }
        known = current
        return rows
    }

    /// Command lines are memory of the processes, which may not answer: such a one is empty.
    private func commandLines(of found: [ProcessFinder.Found]) -> [String] {
        blocking.map(found, owner: Self.owner) { found, _ -> String in
            guard found.interpreter != .failure(.unresponsive) else { return "" }
            return ProcessFiles(proc: "/proc", pid: found.process.pid).commandLine() ?? ""
        }
        .map { outcome in
            guard case .done(let line) = outcome else { return "" }
            return line
        }
    }

    private func lockThreads(of location: InterpreterLocation) -> [LockThread] {
        let outcome = blocking.map(
            [location],
            owner: { ProcessFiles(proc: "/proc", pid: $0.process.pid).owner() ?? 0 },
            { location, _ in LockThread.all(of: location) }
        )
        guard case .done(let threads)? = outcome.first else { return [] }
        return threads
    }

    private static func owner(_ found: ProcessFinder.Found) -> UInt32 {
        ProcessFiles(proc: "/proc", pid: found.process.pid).owner() ?? 0
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

    /// Ends the watch without waiting for a thread that is held up by the memory of another process.
    package consuming func end() {
        let sampler = sampler
        do throws(SystemError) {
            try POSIXThread(name: "gil-end") { withExtendedLifetime(sampler) {} }.detach()
        } catch {
            // Then the sampler's thread is waited for.
        }
    }
}
