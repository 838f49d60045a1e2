import Linux

/// The data that the sampling thread shares with all other threads: the processes to sample, and their observations.
final class SamplerMailbox: Sendable {
    /// The processes to sample, and the share of one CPU for it. The revision changes with the processes.
    struct Assignment: Sendable {
        var revision = 0
        var budget: Double
        var locations: [ProcessIdentity: InterpreterLocation] = [:]
        /// Processes that were untracked since the sampling thread took the assignment before this one. Those that are tracked
        /// again begin anew.
        var untracked: Set<ProcessIdentity> = []

        /// Whether what the sampling thread has of a process is wanted.
        func isCurrent(_ process: ProcessIdentity) -> Bool {
            locations[process] != nil && !untracked.contains(process)
        }
    }

    private struct State {
        var assignment: Assignment
        var published: SamplerPublication
        /// Profiles that nobody has taken yet.
        var profiles: [ProcessIdentity: LockProfile] = [:]
        var isStopped = false
        var watchdog = SamplerWatchdog()
    }

    private static let maxSleep: UInt64 = 50_000_000

    private let state: Monitor<State>

    /// The user that a process belongs to.
    private let owner: @Sendable (ProcessIdentity) -> UInt32?

    init(
        rate: Double,
        budget: Double,
        owner: @escaping @Sendable (ProcessIdentity) -> UInt32? = { ProcessFiles(proc: "/proc", pid: $0.pid).owner() }
    ) {
        self.owner = owner
        let published = SamplerPublication(effectiveRate: rate)
        state = Monitor(State(assignment: Assignment(budget: budget), published: published))
    }

    // MARK: for all threads

    func track(_ location: InterpreterLocation) {
        state.update { state in
            guard state.assignment.locations[location.process] != location else { return }
            state.assignment.locations[location.process] = location
            state.assignment.revision += 1
            if state.published.processes[location.process] == nil {
                state.published.processes[location.process] = TrackedProcess()
            }
        }
    }

    func untrack(_ process: ProcessIdentity) {
        state.update { state in
            guard state.assignment.locations.removeValue(forKey: process) != nil else { return }
            state.assignment.revision += 1
            if state.watchdog.hasThread { state.assignment.untracked.insert(process) }
            state.published.processes[process] = nil
            state.published.ended.remove(process)
            state.profiles[process] = nil
            state.watchdog.forget(process)
        }
    }

    func setBudget(_ budget: Double) { state.withLock { $0.assignment.budget = budget } }

    /// The observations at one instant.
    func publication() -> SamplerPublication { state.withLock { Self.publication(in: $0) } }

    /// The observations at one instant, and the generation of the thread to start if the current one hangs, or if one
    /// returned after too many hung.
    func publication(at now: UInt64) -> (SamplerPublication, newGeneration: Int?) {
        if state.withLock({ $0.watchdog.release(at: now) }) { state.update { $0.assignment.revision += 1 } }
        return state.withLock { state in
            let needsThread = state.watchdog.check(at: now, owner: owner)
            if needsThread { state.assignment.revision += 1 }
            return (Self.publication(in: state), needsThread ? state.watchdog.generation : nil)
        }
    }

    func takeProfiles() -> [ProcessIdentity: LockProfile] {
        state.withLock { state in
            defer { state.profiles = [:] }
            return state.profiles
        }
    }

    private static func publication(in state: State) -> SamplerPublication {
        var copy = state.published
        let silent =
            state.watchdog.hasThread ? state.watchdog.hung.union(state.watchdog.avoided) : Set(copy.processes.keys)
        for process in silent { copy.processes[process]?.state = .unobservable(.unresponsive) }
        copy.stuckThreads = state.watchdog.stuckThreads
        return copy
    }

    /// Notes that no thread could be started.
    func giveUp() { state.withLock { $0.watchdog.giveUp() } }

    func stop() { state.update { $0.isStopped = true } }

    // MARK: for the sampling thread

    /// Waits until `deadline`, which may be nil for no limit, or until the assignment is newer than `revision`.
    ///
    /// - Returns: the assignment from now on; nil if the thread has to end.
    func wait(until deadline: UInt64?, since revision: Int, generation: Int) -> Assignment? {
        // Sleeping costs less than waiting for a condition, and a new assignment may wait a little.
        if let deadline, deadline < KernelClock.monotonic() + Self.maxSleep { KernelClock.sleep(until: deadline) }
        state.withLock { $0.watchdog.finishRead(generation) }
        if deadline.map({ KernelClock.monotonic() < $0 }) ?? true {
            state.wait(until: deadline.map { MonotonicInstant(nanoseconds: $0) }) { state in
                state.isStopped || state.assignment.revision != revision || state.watchdog.generation != generation
            }
        }
        return state.withLock { assignment(in: &$0, generation) }
    }

    private func assignment(in state: inout State, _ generation: Int) -> Assignment? {
        guard !state.isStopped, state.watchdog.generation == generation else { return nil }
        var rest = state.assignment
        state.assignment.untracked = []
        for process in state.watchdog.hung { rest.locations[process] = nil }
        if state.watchdog.stuckThreads > 0 {
            for process in rest.locations.keys where state.published.processes[process]?.state == .starting {
                if state.watchdog.avoids(process, of: owner(process)) { rest.locations[process] = nil }
            }
        }
        return rest
    }

    /// Notes that the thread is about to read the memory of a process, which may not answer.
    func beginRead(of process: ProcessIdentity, generation: Int) {
        state.withLock { $0.watchdog.beginRead(of: process, generation) }
    }

    /// Notes that the thread ends.
    func end(generation: Int) {
        state.update { state in
            if state.watchdog.end(generation, at: KernelClock.monotonic()) { state.assignment.revision += 1 }
        }
    }

    func publish(_ profile: LockProfile, of process: ProcessIdentity, generation: Int) {
        state.withLock { state in
            guard state.watchdog.generation == generation, state.assignment.isCurrent(process) else { return }
            if state.profiles[process]?.merge(profile) == nil { state.profiles[process] = profile }
        }
    }

    /// - Parameter news: calls its argument with each process that has changed, which avoids an array of large values. It
    ///   runs under the lock, and must not use the mailbox.
    func publish(
        rate: Double,
        cpuTime: Duration,
        passes: SamplingPasses,
        resting: Int,
        generation: Int,
        news: (_ publish: (ProcessIdentity, TrackedProcess) -> Void) -> Void
    ) {
        state.withLock { state in
            guard state.watchdog.generation == generation else { return }
            news { process, tracked in
                guard state.assignment.isCurrent(process) else { return }
                state.published.processes[process] = tracked
                if tracked.state == .ended { state.published.ended.insert(process) }
            }
            state.published.effectiveRate = rate
            state.published.cpuTime = cpuTime
            state.published.passes = passes
            state.published.resting = resting
            state.published.at = KernelClock.monotonic()
        }
    }
}
