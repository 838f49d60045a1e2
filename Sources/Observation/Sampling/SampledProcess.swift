import Linux

/// A process as the sampling thread sees it: finds its interpreters, reads its locks, adds up, and notices when something changed.
struct SampledProcess<Memory: MemorySource>: Sendable {
    private(set) var location: InterpreterLocation
    private(set) var tracked = TrackedProcess()

    private let memory: Memory
    private let identity: @Sendable (Int32) -> ProcessIdentity?
    private var reader: GILReader?
    /// By the address of the lock.
    private var accounts: [UInt64: GILAccount] = [:]
    /// What locks did that are gone.
    private var bygone = GILAccount.Total()
    private var samples: UInt64 = 0
    private var failures = 0
    private var nextAttempt: UInt64 = 0
    private var nextIdentityCheck: UInt64 = 0

    /// The kernel gives numbers to processes in a circle (alloc_pid of kernel/pid.c), so a number comes back only after
    /// all others: never within this time.
    private static var identityCheckInterval: UInt64 { 1_000_000_000 }
    /// So often it may not fit together before it counts as something else than an interpreter: one that starts, ends
    /// or creates another is in between for milliseconds.
    private static var mostFailures: Int { 10 }
    private static var shortestPause: UInt64 { 10_000_000 }
    private static var longestPause: UInt64 { 5_000_000_000 }

    /// - Parameter identity: who has a number now.
    init(
        _ location: InterpreterLocation,
        memory: Memory,
        identity: @escaping @Sendable (Int32) -> ProcessIdentity? = { ProcessIdentity(of: $0) }
    ) {
        self.location = location
        self.memory = memory
        self.identity = identity
    }

    /// Takes one sample, unless the process gave a reason to leave it alone for a while.
    ///
    /// - Parameter clock: nanoseconds of ``KernelClock/monotonic()``; read after the process was.
    mutating func sample(clock: () -> UInt64) {
        guard tracked.state != .ended else { return }
        let start = clock()
        if reader == nil, start < nextAttempt { return }
        if start >= nextIdentityCheck {
            nextIdentityCheck = start + Self.identityCheckInterval
            guard identity(location.process.pid) == location.process else { return end() }
        }
        do throws(ReadingError) {
            let states = try states()
            guard let reader else { return }
            account(for: states, of: reader, at: clock())
            failures = 0
        } catch {
            fail(error, at: start)
        }
    }

    /// What stands in the locks, which are searched for the first time, and whenever interpreters came or went.
    private mutating func states() throws(ReadingError) -> [GILState] {
        let memory = memory
        do {
            if let states = try reader?.read(memory) { return states }
        } catch .inconsistent {
            reader = nil
        }
        var found = try GILReader(of: location, in: memory)
        let states = try found.read(memory)
        reader = found
        return states
    }

    /// Reads the interpreter elsewhere from now on, as after execve(2); what was counted stays counted.
    mutating func move(to location: InterpreterLocation) {
        guard location != self.location, tracked.state != .ended else { return }
        self.location = location
        pause()
        (failures, nextAttempt) = (0, 0)
    }

    private mutating func account(for states: [GILState], of reader: GILReader, at now: UInt64) {
        for (address, account) in accounts where !reader.gils.contains(address) {
            bygone += account.total
            accounts[address] = nil
        }
        for (address, state) in zip(reader.gils, states) {
            if accounts[address]?.add(state, at: now) == nil { accounts[address] = GILAccount(state, at: now) }
        }
        samples += 1
        tracked = TrackedProcess(state: .observed, observation: observation(states, reader))
    }

    private func observation(_ states: [GILState], _ reader: GILReader) -> ProcessObservation {
        var total = bygone
        for account in accounts.values { total += account.total }
        // All locks of a process are of one C library: either all tell, or none.
        let contenders = states.compactMap(\.contenders)
        let tellsWaits = contenders.count == states.count
        return ProcessObservation(
            version: reader.layout.version,
            build: reader.layout.build,
            isGILEnabled: states.contains { $0.isEnabled },
            interpreters: reader.interpreters.count,
            switchInterval: .microseconds(Int64(clamping: states.map(\.switchInterval).min() ?? 0)),
            held: .nanoseconds(Int64(clamping: total.held)),
            wait: tellsWaits ? .nanoseconds(Int64(clamping: total.wait)) : nil,
            waitingThreads: tellsWaits ? contenders.reduce(0) { $0 + $1.waitingThreads } : nil,
            samples: samples,
            switches: total.switches,
            waits: tellsWaits ? total.waits : nil,
            forcedHandoffs: tellsWaits ? total.forcedHandoffs : nil
        )
    }

    private mutating func fail(_ error: ReadingError, at now: UInt64) {
        pause()
        nextIdentityCheck = now

        failures += 1
        var pause = Self.shortestPause << UInt64(min(failures, 9))
        switch error {
        case .gone:
            return end()
        case .noInterpreter:
            tracked.state = .starting
            pause = min(pause, 1_000_000_000)
        case .inconsistent:
            if failures >= Self.mostFailures { tracked.state = .unobservable(.layout) }
        case .unobservable(let reason):
            tracked.state = .unobservable(reason)
            pause = Self.longestPause
        }
        nextAttempt = now + min(pause, Self.longestPause)
    }

    /// Nobody looks until the next sample, so what happens meanwhile is not added up.
    private mutating func pause() {
        reader = nil
        for account in accounts.values { bygone += account.total }
        accounts = [:]
        tracked.observation?.waitingThreads = nil
    }

    private mutating func end() {
        reader = nil
        tracked.state = .ended
        tracked.observation?.waitingThreads = 0
    }
}

extension ProcessIdentity {
    /// Who has the number `pid` now; nil when nobody does.
    init?(of pid: Int32) {
        guard let content = try? ProcFile.read("/proc/\(pid)/stat"), let stat = ProcessStat(parsing: content) else {
            return nil
        }
        self.init(pid: pid, startTime: stat.startTicks)
    }
}
