import Linux

/// Where the sampling thread and everybody else meet: what is to be sampled, and what was seen.
@safe final class SamplerMailbox: Sendable {
    /// What is to be sampled; the revision changes with it.
    struct Assignment {
        var revision = 0
        var locations: [ProcessIdentity: InterpreterLocation] = [:]
    }

    /// What was seen.
    struct Publication {
        var processes: [ProcessIdentity: TrackedProcess] = [:]
        var effectiveRate: Double
        var cpuTime = Duration.zero
        var rounds = SamplingRounds()
        /// When that was: nanoseconds of ``KernelClock/monotonic()``; nil before anything was seen.
        var at: UInt64?
        /// Threads that hang in the memory of processes.
        var stuckThreads = 0
    }

    private static let longestSleep: UInt64 = 50_000_000

    private let mutex = PThreadMutex()
    private let changed = PThreadCondition()
    private nonisolated(unsafe) var assignment = Assignment()
    private nonisolated(unsafe) var published: Publication
    private nonisolated(unsafe) var isStopped = false
    private nonisolated(unsafe) var turns = SamplerTurns()

    init(rate: Double) {
        unsafe published = Publication(effectiveRate: rate)
    }

    // MARK: for everybody

    func track(_ location: InterpreterLocation) {
        mutex.lock()
        defer { mutex.unlock() }
        guard unsafe assignment.locations[location.process] != location else { return }
        unsafe assignment.locations[location.process] = location
        unsafe assignment.revision += 1
        if unsafe published.processes[location.process] == nil {
            unsafe published.processes[location.process] = TrackedProcess()
        }
        changed.signal()
    }

    func untrack(_ process: ProcessIdentity) {
        mutex.lock()
        defer { mutex.unlock() }
        guard unsafe assignment.locations.removeValue(forKey: process) != nil else { return }
        unsafe assignment.revision += 1
        changed.signal()
        unsafe published.processes[process] = nil
        unsafe turns.forget(process)
    }

    func read() -> Publication {
        mutex.lock()
        defer { mutex.unlock() }
        var copy = unsafe published
        let silent = unsafe turns.hasThread ? turns.hung.union(turns.avoided) : Set(copy.processes.keys)
        for process in silent { copy.processes[process]?.state = .unobservable(.unresponsive) }
        copy.stuckThreads = unsafe turns.stuckThreads
        return copy
    }

    /// Whether another thread has to begin: the sampling thread hangs in the memory of a process, or one has returned
    /// after too many did.
    func needsThread(at now: UInt64) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        let needsThread = unsafe turns.check(at: now, owner: Self.owner)
        if needsThread { unsafe assignment.revision += 1 }
        return needsThread
    }

    private static func owner(of process: ProcessIdentity) -> UInt32? {
        ProcessFiles(proc: "/proc", pid: process.pid).owner()
    }

    /// There is no thread that could go on.
    func giveUp() {
        mutex.lock()
        defer { mutex.unlock() }
        unsafe turns.giveUp()
    }

    /// Whose turn it is to sample.
    var turn: Int {
        mutex.lock()
        defer { mutex.unlock() }
        return unsafe turns.current
    }

    func stop() {
        mutex.lock()
        defer { mutex.unlock() }
        unsafe isStopped = true
        changed.signal()
    }

    /// Whether the thread has ended, or is about to, `deadline` at the latest.
    func hasEnded(by deadline: UInt64) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        while unsafe !turns.hasEnded {
            if changed.wait(mutex, until: deadline) { break }
        }
        return unsafe turns.hasEnded
    }

    // MARK: for the sampling thread

    /// Waits until `deadline`, or without a limit while there is none, or until something is to be sampled that was not
    /// before `revision`.
    ///
    /// - Returns: what is to be sampled from now on; nil when the thread is to end.
    func wait(until deadline: UInt64?, since revision: Int, turn: Int) -> Assignment? {
        // A sleep costs less than a wait for a condition, and nobody minds to be heard a little later.
        if let deadline, deadline < KernelClock.monotonic() + Self.longestSleep { KernelClock.sleep(until: deadline) }
        mutex.lock()
        defer { mutex.unlock() }
        unsafe turns.end(turn)
        while unsafe !isStopped, unsafe assignment.revision == revision, unsafe turns.current == turn {
            if let deadline {
                guard KernelClock.monotonic() < deadline, !changed.wait(mutex, until: deadline) else { break }
            } else {
                changed.wait(mutex)
            }
        }
        guard unsafe !isStopped, unsafe turns.current == turn else { return nil }
        var rest = unsafe assignment
        for process in unsafe turns.hung { rest.locations[process] = nil }
        if unsafe turns.stuckThreads > 0 {
            for process in rest.locations.keys where unsafe published.processes[process]?.state == .starting {
                if unsafe turns.avoids(process, of: Self.owner(of: process)) { rest.locations[process] = nil }
            }
        }
        return rest
    }

    /// The thread is about to read the memory of a process, which may not answer.
    func begin(_ process: ProcessIdentity, turn: Int) {
        mutex.lock()
        defer { mutex.unlock() }
        unsafe turns.begin(process, turn)
    }

    /// The thread has nothing more to do.
    func end(turn: Int) {
        mutex.lock()
        defer { mutex.unlock() }
        unsafe turns.leave(turn)
        changed.signal()
    }

    func publish(
        _ processes: some Sequence<(ProcessIdentity, TrackedProcess)>,
        rate: Double,
        cpuTime: Duration,
        rounds: SamplingRounds,
        turn: Int
    ) {
        mutex.lock()
        defer { mutex.unlock() }
        guard unsafe turns.current == turn else { return }
        for (process, tracked) in processes where unsafe assignment.locations[process] != nil {
            unsafe published.processes[process] = tracked
        }
        unsafe published.effectiveRate = rate
        unsafe published.cpuTime = cpuTime
        unsafe published.rounds = rounds
        unsafe published.at = KernelClock.monotonic()
    }
}
