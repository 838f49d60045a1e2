import Linux

/// A process as the sampling thread sees it: finds its interpreters, reads its locks, adds up, and notices when something changed.
struct SampledProcess<Memory: MemorySource>: Sendable {
    private(set) var location: InterpreterLocation
    private(set) var state: TrackedProcess.State = .starting

    private let memory: Memory
    private let identity: @Sendable (Int32) -> ProcessIdentity?
    private var reader: GILReader?
    /// Of the reader's locks, in its order; of none before the first sample of a reader.
    private var accounts: [GILAccount] = []
    /// What locks did that are gone.
    private var bygone = GILAccount.Total()
    private var samples: UInt64 = 0
    /// Nanoseconds from each sample to the next.
    private var observed: UInt64 = 0
    /// Nil when what follows is the first sample, or the first after a pause.
    private var lastSample: UInt64?
    /// What was seen until the process could not be read any more.
    private var lastSeen: ProcessObservation?
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
        guard state != .ended else { return }
        let start = clock()
        if reader == nil, start < nextAttempt { return }
        if start >= nextIdentityCheck {
            nextIdentityCheck = start + Self.identityCheckInterval
            guard identity(location.process.pid) == location.process else { return end() }
        }
        do throws(ReadingError) {
            try read()
            account(at: clock())
            (state, failures) = (.observed, 0)
        } catch {
            fail(error, at: start)
        }
    }

    /// Reads the locks, which are searched for the first time, and whenever interpreters came or went.
    private mutating func read() throws(ReadingError) {
        let memory = memory
        do {
            if try reader?.read(memory) != nil { return }
        } catch .inconsistent {
            // Then what the reader was made from has changed.
        }
        var found = try GILReader(of: location, in: memory)
        try found.read(memory)
        reader = found
        retireAccounts { found.gils.contains($0.address) }
    }

    /// Counts those whose lock is gone to the past.
    private mutating func retireAccounts(except remain: (GILAccount) -> Bool) {
        for account in accounts where !remain(account) { bygone += account.total }
        accounts.removeAll { !remain($0) }
    }

    /// Reads the interpreter elsewhere from now on, as after execve(2); what was counted stays counted.
    mutating func move(to location: InterpreterLocation) {
        guard location != self.location, state != .ended else { return }
        self.location = location
        pause()
        (failures, nextAttempt) = (0, 0)
    }

    private mutating func account(at now: UInt64) {
        samples += 1
        observed += lastSample.map { now - min($0, now) } ?? 0
        lastSample = now
        guard let states = reader?.states, let gils = reader?.gils else { return }
        if accounts.count == gils.count, zip(accounts, gils).allSatisfy({ $0.address == $1 }) {
            for index in gils.indices { accounts[index].add(states[index], at: now) }
        } else {
            // Locks have come, or gone, or changed places.
            accounts = gils.indices.map { index in
                guard var account = accounts.first(where: { $0.address == gils[index] }) else {
                    return GILAccount(of: gils[index], states[index], at: now)
                }
                account.add(states[index], at: now)
                return account
            }
        }
    }

    /// What is known of the process now. Made only when somebody asks, which is less often than samples are taken.
    var tracked: TrackedProcess { TrackedProcess(state: state, observation: observation) }

    private var observation: ProcessObservation? {
        guard let reader, state == .observed else { return lastSeen }
        let states = reader.states
        var total = bygone
        for account in accounts { total += account.total }
        // All locks of a process are of one C library: either all tell, or none.
        let contenders = states.compactMap(\.contenders)
        let tellsWaits = contenders.count == states.count
        return ProcessObservation(
            version: reader.layout.version,
            build: reader.layout.build,
            isGILEnabled: states.contains { $0.isEnabled },
            interpreters: reader.interpreters.count,
            switchInterval: .microseconds(Int64(clamping: states.map(\.switchInterval).min() ?? 0)),
            observed: .nanoseconds(Int64(clamping: observed)),
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
            state = .starting
            pause = min(pause, 1_000_000_000)
        case .inconsistent:
            if failures >= Self.mostFailures { state = .unobservable(.layout) }
        case .unobservable(let reason):
            state = .unobservable(reason)
            pause = Self.longestPause
        }
        nextAttempt = now + min(pause, Self.longestPause)
    }

    /// Nobody looks until the next sample, so what happens meanwhile is not added up.
    private mutating func pause() {
        lastSeen = observation
        lastSeen?.waitingThreads = nil
        reader = nil
        lastSample = nil
        retireAccounts { _ in false }
    }

    private mutating func end() {
        lastSeen = observation
        lastSeen?.waitingThreads = 0
        reader = nil
        state = .ended
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
