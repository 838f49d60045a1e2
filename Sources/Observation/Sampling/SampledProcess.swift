import Linux

/// A process as the sampling thread sees it: finds its interpreters, reads its locks, adds up, and notices when something changed.
struct SampledProcess<Memory: MemorySource>: Sendable {
    private(set) var location: InterpreterLocation
    private(set) var state: TrackedProcess.State = .starting

    private let memory: Memory
    private let kernel: @Sendable (Int32) -> KernelRecord?
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
    /// As many threads as the kernel counted last.
    private var threads = 0
    private var failures = 0
    private var nextAttempt: UInt64 = 0
    private var nextIdentityCheck: UInt64 = 0
    private var purse = SearchPurse()
    /// Since when a search has been put off for want of CPU.
    private var postponedSince: UInt64?
    /// How often in a row, and when last, the process exceeded its limit.
    private var excesses: (count: UInt64, last: UInt64) = (0, 0)

    /// The kernel gives numbers to processes in a circle (alloc_pid of kernel/pid.c), so a number comes back only after
    /// all others: never within this time.
    private static var identityCheckInterval: UInt64 { 1_000_000_000 }
    /// So often it may not fit together before it counts as something else than an interpreter: one that starts, ends
    /// or creates another is in between for milliseconds.
    private static var mostFailures: Int { 10 }
    /// So often it may contradict the kernel: what is seen of threads that come and go is not of one moment.
    private static var mostContradictions: Int { 3 }
    private static var shortestPause: UInt64 { 10_000_000 }
    private static var longestPause: UInt64 { 5_000_000_000 }
    /// After a process has cost more than it may, doubled each time, 16 minutes at most; forgotten after two hours.
    private static var penalty: UInt64 { 60_000_000_000 }
    private static var longestDoubling: UInt64 { 4 }
    private static var forgiveness: UInt64 { 7_200_000_000_000 }

    /// - Parameters:
    ///   - seen: what was seen of it before.
    ///   - kernel: what the kernel says of the process that has a number now.
    init(
        _ location: InterpreterLocation,
        memory: Memory,
        after seen: ProcessObservation? = nil,
        kernel: @escaping @Sendable (Int32) -> KernelRecord? = { KernelRecord(of: $0) }
    ) {
        self.location = location
        self.memory = memory
        self.kernel = kernel
        guard let seen else { return }
        (lastSeen, samples, observed) = (seen, seen.samples, UInt64(clamping: seen.observed.nanoseconds))
        bygone = GILAccount.Total(
            held: seen.held,
            wait: seen.wait ?? .zero,
            switches: seen.switches,
            waits: seen.waits ?? 0,
            forcedHandoffs: seen.forcedHandoffs ?? 0
        )
    }

    /// What one sample costs: ranges of memory that are looked up.
    var cost: Int { reader?.cost ?? 1 }

    /// Takes one sample, unless the process gave a reason to leave it alone for a while.
    ///
    /// - Parameters:
    ///   - longestGap: nanoseconds. A sample that comes later after the one before stands for no time at all.
    ///   - clock: nanoseconds of ``KernelClock/monotonic()``; read after the process was.
    mutating func sample(_ searches: inout SearchBudget, longestGap: UInt64, clock: () -> UInt64) {
        guard state != .ended else { return }
        let start = clock()
        if reader == nil, start < nextAttempt { return }
        if start >= nextIdentityCheck {
            nextIdentityCheck = start + Self.identityCheckInterval
            guard let record = kernel(location.process.pid), record.identity == location.process else { return end() }
            threads = record.threads
            memory.renew()
        }
        do throws(ReadingError) {
            try read(&searches, at: start)
            try requirePossible()
            account(at: clock(), longestGap: longestGap)
            (state, failures, postponedSince) = (.observed, 0, nil)
        } catch {
            fail(error, at: start)
        }
    }

    /// Reads the locks, which are searched for the first time, and whenever interpreters came or went.
    private mutating func read(_ searches: inout SearchBudget, at now: UInt64) throws(ReadingError) {
        let memory = memory
        do {
            if try reader?.read(memory) != nil { return }
        } catch .inconsistent {
            // Then what the reader was made from has changed.
        }
        guard !purse.isEmpty(at: now) else { throw .unobservable(.limit) }
        let (location, previous, size) = (location, reader, purse.size)
        guard searches.permits(size) else { throw .postponed }
        var allowance = SearchAllowance(reads: size.reads, time: size.time)
        do {
            let found = try searches.search(size) { () throws(ReadingError) in
                var found = try GILReader(of: location, in: memory, after: previous, within: &allowance)
                try found.read(memory)
                return found
            }
            purse.pay(allowance, hasFoundAll: true)
            reader = found
            retireAccounts { found.gils.contains($0.address) }
        } catch {
            purse.pay(allowance, hasFoundAll: error != .exhausted)
            guard error == .exhausted else { throw error }
            throw size.next == nil ? .unobservable(.limit) : .postponed
        }
    }

    /// Makes sure that the locks account for no more threads than there are: a thread holds one lock, or waits for one.
    ///
    /// Threads that have come since the kernel was asked are no contradiction, and one that goes from lock to lock, or
    /// ends, may be seen twice, or counted too late: so both are asked again.
    private mutating func requirePossible() throws(ReadingError) {
        let memory = memory
        for _ in 1...Self.mostContradictions {
            guard let busy = reader?.busyThreads, busy > threads else { return }
            guard let record = kernel(location.process.pid) else { throw .gone }
            threads = record.threads
            guard busy > threads else { return }
            try reader?.read(memory)
        }
        throw .impossible
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
        memory.renew()
        pause()
        (failures, nextAttempt) = (0, 0)
    }

    /// Each sample stands for the time since the one before. After a gap that no pace explains, because this program was
    /// stopped, or the virtual machine, it would say of many seconds what was true for an instant: such time counts as
    /// not observed. Since gaps do not depend on what a process does, ratios to the observed time stay right; what the
    /// interpreter itself counts goes on over the gap. A process that is stopped, or frozen, is sampled like any other:
    /// the lock that it has is held.
    private mutating func account(at now: UInt64, longestGap: UInt64) {
        let elapsed = lastSample.map { now - min($0, now) } ?? 0
        let isGap = elapsed > longestGap
        samples += 1
        if !isGap { observed += elapsed }
        lastSample = now
        guard let states = reader?.states, let gils = reader?.gils else { return }
        if accounts.count == gils.count, zip(accounts, gils).allSatisfy({ $0.address == $1 }) {
            for index in gils.indices { accounts[index].add(states[index], at: now, isGap: isGap) }
        } else {
            // Locks have come, or gone, or changed places.
            accounts = gils.indices.map { index in
                guard var account = accounts.first(where: { $0.address == gils[index] }) else {
                    return GILAccount(of: gils[index], states[index], at: now)
                }
                account.add(states[index], at: now, isGap: isGap)
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
            switchInterval: .microseconds(states.map(\.switchInterval).min() ?? 0),
            observed: .nanoseconds(Int64(clamping: observed)),
            held: total.held,
            wait: tellsWaits ? total.wait : nil,
            waitingThreads: tellsWaits ? contenders.reduce(0) { $0 + $1.waitingThreads } : nil,
            samples: samples,
            switches: total.switches,
            waits: tellsWaits ? total.waits : nil,
            forcedHandoffs: tellsWaits ? total.forcedHandoffs : nil
        )
    }

    private mutating func fail(_ error: ReadingError, at now: UInt64) {
        pause()
        if error != .postponed { (failures, postponedSince, nextIdentityCheck) = (failures + 1, nil, now) }
        var pause = min(Self.shortestPause << UInt64(min(failures, 9)), Self.longestPause)
        switch error {
        case .gone:
            return end()
        case .noInterpreter:
            state = .starting
            pause = min(pause, 1_000_000_000)
        case .inconsistent, .exhausted:
            if failures >= Self.mostFailures { state = .unobservable(.layout) }
        case .impossible:
            if failures >= Self.mostContradictions { state = .unobservable(.layout) }
        case .postponed:
            pause = Self.shortestPause
            let since = postponedSince ?? now
            postponedSince = since
            if now - min(since, now) > Self.longestPause { state = .unobservable(.limit) }
        case .unobservable(.limit):
            state = .unobservable(.limit)
            if now - min(excesses.last, now) > Self.forgiveness { excesses.count = 0 }
            pause = Self.penalty << min(excesses.count, Self.longestDoubling)
            excesses = (excesses.count + 1, now)
        case .unobservable(let reason):
            state = .unobservable(reason)
            pause = Self.longestPause
        }
        nextAttempt = now + pause
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
        memory.renew()
    }
}

/// What the kernel says of the process that has a number: proc_pid_stat(5).
struct KernelRecord: Sendable {
    var identity: ProcessIdentity
    var threads: Int

    init(_ identity: ProcessIdentity, threads: Int) {
        self.identity = identity
        self.threads = threads
    }

    /// Nil when nobody has it.
    init?(of pid: Int32) {
        guard let stat = ProcessFiles(proc: "/proc", pid: pid).stat() else { return nil }
        self.init(ProcessIdentity(pid: pid, startTime: stat.startTicks), threads: Int(clamping: stat.threads))
    }
}

extension ProcessIdentity {
    /// Who has the number `pid` now; nil when nobody does.
    init?(of pid: Int32) {
        guard let record = KernelRecord(of: pid) else { return nil }
        self = record.identity
    }
}
