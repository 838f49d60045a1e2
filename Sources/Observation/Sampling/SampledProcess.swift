import Linux

/// A process on the sampling thread. It finds the interpreters, reads the locks, adds up their states, and notices changes.
struct SampledProcess<Memory: MemorySource>: Sendable {
    private(set) var location: InterpreterLocation
    private(set) var state: TrackedProcess.State = .starting { didSet { if state != oldValue { hasNews = true } } }
    private var hasNews = true

    private let memory: Memory
    private var kernel: KernelAccount
    private var reader: GILReader?
    /// The accounts of the reader's locks, in its order; empty before the first sample of a reader.
    private var accounts: [GILAccount] = []
    /// Nil if stacks are not wanted.
    private var profiler: ProcessProfiler?
    /// The totals of locks that are gone.
    private var bygone = LockTotals()
    private var holders: HolderLedger<KernelThreads>
    /// The samples and the observed nanoseconds that the ledger of holders has compared.
    private var settled: (samples: UInt64, observed: UInt64) = (0, 0)
    private var samples: UInt64 = 0
    /// Nanoseconds from each sample to the next.
    private var observed: UInt64 = 0
    /// Nanoseconds in which it used a lock.
    private var active = 0.0
    /// Nil before the first sample, and before the first after a pause.
    private var lastSample: UInt64?
    /// The observation when the process became unreadable.
    private var lastSeen: ProcessObservation?
    private var heldOnCPU = LimitedTime()
    private var failures = ReadingFailures()
    /// Nil if it is sampled at the full rate, whatever it does.
    private var rhythm: SamplingRhythm?
    /// Whether the waiters of the locks were seen. Then the C library does not hide them.
    private var knowsWaiters = false
    /// Of the newest sample that counted.
    private var (isGILEnabled, switchInterval): (Bool, UInt64) = (true, 0)
    private var nextSettlement: UInt64 = 0
    private var searchLimiter = ProcessSearchLimiter()

    /// Readings that contradict the kernel, one after the other, before the sample fails.
    private static var maxAttempts: Int { 3 }

    /// - Parameters:
    ///   - seen: the observation of a previous sampling thread.
    ///   - mayRest: whether it is sampled seldom while it seems to sleep.
    ///   - kernel: looks up the process that has a number now.
    ///   - cpuClock: nanoseconds of CPU of the process that has a number now.
    init(
        _ location: InterpreterLocation,
        memory: Memory,
        after seen: ProcessObservation? = nil,
        isProfiled: Bool = false,
        mayRest: Bool = false,
        kernel: @escaping @Sendable (Int32) throws(SystemError) -> KernelRecord? = KernelRecord.init(of:),
        cpuClock: @escaping @Sendable (Int32) -> UInt64? = { KernelClock.cpu(ofProcess: $0) }
    ) {
        self.location = location
        self.memory = memory
        let cpu = seen.map { CPUAccount(continuing: $0.cpu, before: $0.cpuBefore) } ?? CPUAccount()
        self.kernel = KernelAccount(of: location.process, cpu, lookUp: kernel, clock: cpuClock)
        rhythm = mayRest ? SamplingRhythm() : nil
        holders = HolderLedger(of: KernelThreads(pid: location.process.pid), after: seen?.holders ?? HolderTotals())
        profiler = isProfiled ? ProcessProfiler(of: location.process.pid) : nil
        guard let seen else { return }
        (lastSeen, samples, observed) = (seen, seen.samples, UInt64(clamping: seen.observed.nanoseconds))
        (active, bygone) = (Double(seen.active.nanoseconds), seen.locks)
        heldOnCPU = LimitedTime(total: seen.holders.onCPU, limit: seen.cpu.sum)
    }

    /// The cost of a sample: ranges of memory that the kernel looks up.
    var cost: Int { reader?.cost ?? 1 }

    /// The stretch with one reading, because it seems to sleep; nil while it is sampled at the full rate.
    var rest: SamplingRhythm.Rest? { rhythm?.rest }

    /// When the next sample is due: nanoseconds of ``KernelClock/monotonic()``; 0 for every pass, and the maximum if the
    /// process has ended.
    var due: UInt64 { state == .ended ? .max : reader == nil ? failures.nextAttempt : rest?.due ?? 0 }

    /// Takes one sample, unless an error requires a pause, or the process rests.
    ///
    /// - Parameters:
    ///   - maxGap: nanoseconds. A sample that comes later after the previous one stands for no time.
    ///   - waiterWeight: the samples for which this one stands if it looks for waiters; nil if it does not.
    ///   - checkInterval: nanoseconds between two checks of a process that has been observed for long.
    ///   - luck: for the next reading if the process rests.
    ///   - restLength: nanoseconds: the longest stretch if it rests.
    ///   - clock: nanoseconds of ``KernelClock/monotonic()``, read after the process.
    mutating func sample(
        _ searches: inout SearchLimiter,
        maxGap: UInt64,
        waiterWeight: Double? = nil,
        checkInterval: UInt64 = CPUAccount.maxInterval,
        luck: SamplingRhythm.Luck = SamplingRhythm.Luck(),
        restLength: UInt64 = SamplingRhythm.stretch,
        clock: () -> UInt64
    ) {
        guard state != .ended else { return }
        let start = clock()
        // What was read counts until then.
        let known = rest?.end ?? lastSample ?? start
        let isAfterGap = start - min(known, start) > maxGap
        // CPU time of a gap is not that of observed time.
        if isAfterGap { kernel.skip(from: known, to: start) }
        if let rest {
            guard start >= rest.due else { return }
            if rest.isRead {
                // Its end.
                let cpu = kernel.cpuTime()
                let hasRun = isAfterGap || !kernel.staysUnchanged(cpu, at: start)
                guard !hasRun || ask(at: start, interval: checkInterval) else { return end() }
                account(at: rest.end, maxGap: .max)
                // The CPU time of the stretch belongs to its held time.
                if hasRun { settleHolders(at: start) }
                let next = isAfterGap ? start : rest.end
                lastSample = next
                rhythm?.begin(at: next, cpu: cpu, luck, length: restLength)
                guard self.rest.map({ start >= $0.due }) ?? true else { return }
            }
        }
        if reader == nil, start < failures.nextAttempt { return }
        // While it rests, it is checked at the end of a stretch.
        let isDue = kernel.isDue(at: start) && rest == nil
        guard !isDue || check(at: start, interval: checkInterval) else { return end() }
        do throws(ReadingError) {
            if lastSample == nil { try kernel.requireAnswer() }
            try read(&searches, at: start)
            try requirePossible()
            if lastSample == nil {
                // A search may have been postponed since the check.
                guard isDue || check(at: start, interval: checkInterval) else { return end() }
                try kernel.resume()
            }
            readStacks(waiterWeight)
            failures.end()
            state = .observed
            let now = clock()
            if rest != nil {
                // Counted at the end of the stretch, and for all of it.
                rhythm?.rest?.isRead = true
                // Waiting threads are shown at once.
                if reader?.states.contains(where: \.isUsed) == true { hasNews = true }
                return
            }
            account(at: now, maxGap: maxGap)
            if rhythm?.isOver(at: now, cpu: { kernel.cpuTime() }) == true {
                rhythm?.begin(at: now, cpu: kernel.cpuTime(), luck, length: restLength)
            }
        } catch {
            fail(error, at: start)
        }
    }

    /// Asks the kernel for the process, and compares held time with CPU time.
    private mutating func check(at now: UInt64, interval: UInt64 = CPUAccount.maxInterval) -> Bool {
        defer { settleHolders(at: now) }
        return ask(at: now, interval: interval)
    }

    /// Asks the kernel whether the process still exists. It does as far as is known.
    private mutating func ask(at now: UInt64, interval: UInt64) -> Bool {
        let next = CPUAccount.interval(after: observed, atMost: interval)
        do { try kernel.check(at: now, next: next, mayRest: rhythm != nil) } catch { return error != .gone }
        memory.renew()
        return true
    }

    /// Reads the locks. Searches for them at first, and whenever interpreters came or went.
    private mutating func read(_ searches: inout SearchLimiter, at now: UInt64) throws(ReadingError) {
        let memory = memory
        do {
            if try reader?.read(memory) != nil { return }
        } catch .inconsistent {
            // The interpreters have changed since the reader was made.
        }
        guard !searchLimiter.isExhausted(at: now) else { throw .unobservable(.limit) }
        let (location, previous, size) = (location, reader, searchLimiter.size)
        guard searches.permits(size) else { throw .postponed }
        var budget = SearchBudget(size)
        do {
            let found = try searches.search(size) { () throws(ReadingError) in
                var found = try GILReader(of: location, in: memory, after: previous, within: &budget)
                try found.read(memory)
                return found
            }
            searchLimiter.charge(budget, hasFoundAll: true)
            if reader?.layout != found.layout {
                adoptStacks(of: found, memory)
            }
            (reader, hasNews) = (found, true)
            retireAccounts { found.gils.contains($0.address) }
        } catch {
            searchLimiter.charge(budget, hasFoundAll: error != .exhausted)
            guard error == .exhausted else { throw error }
            throw size.next == nil ? .unobservable(.limit) : .postponed
        }
    }

    /// Verifies that the locks account for no more threads than the process has: a thread holds one lock or waits for one.
    ///
    /// Threads that have started since the kernel was asked do not contradict it. A thread that goes from lock to lock may
    /// be seen twice, and one that ends may be counted too late. So both sides are read again.
    ///
    /// Locks whose waiters were known, and are not any more, have been overwritten: a C library does not change.
    private mutating func requirePossible() throws(ReadingError) {
        let memory = memory
        for _ in 1...Self.maxAttempts {
            guard let busy = reader?.busyThreads, let hidesWaiters = reader?.hidesWaiters else { return }
            guard !(knowsWaiters && hidesWaiters) else { throw .impossible }
            if busy > kernel.threads { try kernel.countThreads() }
            if busy <= kernel.threads {
                knowsWaiters = !hidesWaiters
                return
            }
            try reader?.read(memory)
        }
        throw .impossible
    }

    private mutating func adoptStacks(of reader: GILReader, _ memory: Memory) {
        guard profiler != nil else { return }
        let layout = try? StackLayout(of: reader.layout, at: location.runtime, in: memory)
        profiler?.adopt(layout)
    }

    private mutating func readStacks(_ waiterWeight: Double?) {
        guard profiler != nil, let reader else { return }
        let (memory, now) = (memory, lastSample ?? 0)
        profiler?.look(at: reader, now, waiterWeight: waiterWeight, memory)
    }

    /// What held the locks, and what waited for them, since the last call; nil if nothing did, or if stacks are not wanted.
    mutating func takeProfile() -> LockProfile? { profiler?.take() }

    /// Adds the accounts of locks that are gone to ``bygone``.
    private mutating func retireAccounts(except remain: (GILAccount) -> Bool) {
        for account in accounts where !remain(account) { bygone += account.total }
        accounts.removeAll { !remain($0) }
    }

    /// Reads the interpreter at another location from now on, as after execve(2). Counters continue.
    mutating func move(to location: InterpreterLocation) {
        guard location != self.location, state != .ended else { return }
        self.location = location
        memory.renew()
        countStretch()
        pause()
        knowsWaiters = false
        failures.forget()
    }

    /// Counts the sample. It stands for the time since the previous one.
    ///
    /// A gap that no pace explains, because this program or the virtual machine was stopped, does not count as observed:
    /// otherwise one sample would stand for many seconds. Gaps do not depend on the process, so ratios to the observed time
    /// stay right, and the interpreter's own counters include the gap. A process that is stopped or frozen is sampled like
    /// any other: its lock is held.
    private mutating func account(at now: UInt64, maxGap: UInt64) {
        let elapsed = lastSample.map { now - min($0, now) } ?? 0
        let isGap = elapsed > maxGap
        samples += 1
        hasNews = true
        rhythm?.noteReading()
        noteUse()
        if !isGap { observed += elapsed }
        lastSample = now
        guard let states = reader?.states, let gils = reader?.gils else { return }
        isGILEnabled = states.contains { $0.isEnabled }
        switchInterval = states.reduce(.max) { min($0, $1.switchInterval) }
        defer { if !isGap { active += Double(elapsed) * activity } }
        if accounts.count != gils.count || !gils.indices.allSatisfy({ accounts[$0].address == gils[$0] }) {
            // Locks have come, gone or changed their order.
            accounts = gils.indices.map { index in
                accounts.first { $0.address == gils[index] } ?? GILAccount(of: gils[index], states[index], at: now)
            }
        }
        for index in gils.indices where !accounts[index].isUpToDate(at: now) {
            let continues = accounts[index].continuesHold(states[index])
            let holder = continues ? holders.progress(of: states[index].lastHolder) : nil
            let cost = accounts[index].add(states[index], elapsed, at: now, isGap: isGap, holder: holder)
            charge(cost, index, states[index], at: now)
            if !isGap { profiler?.chargeWaiters(elapsed, at: index, states[index]) }
        }
    }

    /// How much the lock is in use that is used most, from 0 to 1.
    private var activity: Double {
        // By index, as in all that each sample does: accounts are large, and iterators copy them.
        accounts.indices.reduce(0) { max($0, accounts[$1].recent.activity) }
    }

    /// Notes for the rhythm that a lock is held, is wanted, or has changed hands since the previous sample.
    private mutating func noteUse() {
        guard rhythm?.isBusy == false, let states = reader?.states else { return }
        let isMoved = zip(accounts.indices, states).contains { accounts[$0].hasMoved(to: $1) }
        if isMoved || states.contains(where: \.isUsed) { rhythm?.noteUse() }
    }

    /// Charges the holder of a lock.
    private mutating func charge(_ cost: LockCost, _ index: Int, _ state: GILState, at now: UInt64) {
        profiler?.charge(cost, at: index)
        guard cost.held > 0 else { return }
        let (memory, offset) = (memory, reader?.layout.thread.nativeID)
        holders.add(state.lastHolder, held: cost.held, waiting: state.contenders?.waitingThreads ?? 0, at: now) {
            memory.nativeID(ofThread: $0, at: offset)
        }
    }

    /// Compares held time with CPU time, if that is due.
    private mutating func settleHolders(at now: UInt64) {
        defer { heldOnCPU.add(holders.totals.onCPU, within: kernel.cpu.total.sum) }
        guard now >= nextSettlement, kernel.isKnown else { return }
        nextSettlement = now + HolderLedger<KernelThreads>.settlementInterval(after: observed)
        let (memory, offset) = (memory, reader?.layout.thread.nativeID)
        let spacing = (observed - settled.observed) / max(1, samples - settled.samples)
        settled = (samples, observed)
        holders.settle(cpu: kernel.cpuOfProcess, spacing: spacing) { memory.nativeID(ofThread: $0, at: offset) }
    }

    /// The current state and observation, if they are not those of the last call.
    mutating func takeNews() -> TrackedProcess? {
        defer { hasNews = false }
        return hasNews ? tracked : nil
    }

    /// The current state and observation: made on demand, which is less often than samples are taken.
    var tracked: TrackedProcess { TrackedProcess(state: state, observation: observation) }

    private var observation: ProcessObservation? {
        guard let reader, state == .observed else { return lastSeen }
        let states = reader.states
        let total = accounts.reduce(into: bygone) { $0 += $1.total }
        return ProcessObservation(
            version: reader.layout.version,
            build: reader.layout.build,
            isGILEnabled: isGILEnabled,
            interpreters: reader.interpreters.count,
            switchInterval: .microseconds(switchInterval),
            observed: .nanoseconds(Int64(clamping: observed)),
            samples: samples,
            active: .nanoseconds(Int64(active)),
            locks: total,
            cpu: kernel.cpu.total,
            cpuBefore: kernel.cpu.before ?? CPUTime(),
            holders: HolderTotals(onCPU: heldOnCPU.total, stalledWait: holders.totals.stalledWait),
            hidesWaiters: !knowsWaiters,
            threads: kernel.threads,
            lockCount: max(1, accounts.count),
            waitingThreads: knowsWaiters ? states.reduce(0) { $0 + ($1.contenders?.waitingThreads ?? 0) } : nil,
            recent: ProcessObservation.Recent(ofBusiest: accounts, hidesWaiters: !knowsWaiters)
        )
    }

    private mutating func fail(_ error: ReadingError, at now: UInt64) {
        // A process that has ended keeps its counters until its parent has waited for it.
        if error == .gone, lastSample != nil { _ = check(at: now) }
        pause()
        if error != .postponed {
            kernel.makeDue(at: now)
            nextSettlement = now
        }
        switch failures.add(error, at: now) {
        case .ended: end()
        case let changed?: state = changed
        case nil: break
        }
    }

    /// Stops counting until the next sample.
    private mutating func pause() {
        hasNews = true
        holders.close()
        lastSeen = observation
        lastSeen?.threads = nil
        lastSeen?.waitingThreads = nil
        lastSeen?.recent = nil
        reader = nil
        lastSample = nil
        if rhythm != nil { rhythm = SamplingRhythm() }
        kernel.pause()
        retireAccounts { _ in false }
    }

    /// Counts a stretch that was read, although the process has not lived to its end: each moment of the life then counts
    /// as much as it is likely to be read, so the sum is right on average.
    private mutating func countStretch() {
        if let rest, rest.isRead { account(at: rest.end, maxGap: .max) }
    }

    private mutating func end() {
        countStretch()
        holders.close()
        lastSeen = observation
        lastSeen?.waitingThreads = 0
        lastSeen?.recent = nil
        (reader, rhythm, state) = (nil, nil, .ended)
        memory.renew()
    }
}
