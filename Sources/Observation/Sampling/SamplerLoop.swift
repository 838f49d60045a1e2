import Linux

/// What the sampling thread does.
struct SamplerLoop {
    private let mailbox: SamplerMailbox
    private let turn: Int
    /// What threads took that had their turn before.
    private let cpuOfOthers: Duration
    private var pace: SamplingPace
    private var processes: [SampledProcess<ProcessMemory>] = []
    private var searches: SearchBudget
    private var thinning = SamplingThinning()
    private var generator = SplitMix64()
    private var nextReport: UInt64 = 0
    private var total = SamplingRounds()
    /// Rounds that the pace does not know of yet, when they began, and the CPU that this thread had used before them.
    private var rounds = 0
    private var begin = KernelClock.monotonic()
    private var cpuBefore = KernelClock.threadCPU()
    private var searchedBefore: UInt64 = 0

    /// To read the CPU clock takes a system call, and what is published is copied: together as dear as a sample. Nobody
    /// looks as often: a scrape every few seconds is off by a hundredth, and never by more than this.
    private static let reportInterval: UInt64 = 50_000_000

    init(_ settings: GILSampler.Settings, _ mailbox: SamplerMailbox, turn: Int) {
        self.mailbox = mailbox
        self.turn = turn
        let before = mailbox.read()
        (total, cpuOfOthers) = (before.rounds, before.cpuTime)
        // While the thread before this one hung.
        if turn > 0, let last = before.at {
            total.missed += .nanoseconds(Int64(clamping: begin - min(last, begin)))
        }
        pace = SamplingPace(rate: settings.rate, budget: settings.cpuBudget)
        searches = SearchBudget(budget: settings.cpuBudget)
    }

    /// Later than this has nothing to do with timers: there was no CPU for the thread.
    private static let lateness: UInt64 = 1_000_000
    /// A thread that goes before all others must let them have the CPU in between, whatever it is shown: nanoseconds of
    /// work, beyond which there is one more sample at most, and nanoseconds of sleep. Searches see to it themselves.
    private static let stretch: UInt64 = 400_000
    private static let breather: UInt64 = 1_000_000
    private static let shortestPause: UInt64 = 50_000

    mutating func run() {
        // Who waits for a CPU until the observed thread goes to sleep never sees it hold the lock.
        _ = SchedulingPolicy.requestFastestWakeUp()
        var revision = 0
        var deadline: UInt64?
        var lastRound: UInt64?
        var longestGap = UInt64(pace.longestGap * 1e9)
        while let assignment = mailbox.wait(until: deadline, since: revision, turn: turn) {
            let isChanged = assignment.revision != revision
            if isChanged {
                revision = assignment.revision
                keepPace(at: KernelClock.monotonic())
                adopt(assignment.locations)
                pace.processes = processes.count
            }
            total.all += 1
            var resumed = KernelClock.monotonic()
            if let deadline {
                if resumed > deadline + Self.lateness { total.late += 1 }
                if let lastRound, resumed - lastRound > longestGap {
                    total.missed += .nanoseconds(Int64(clamping: resumed - lastRound))
                }
            }
            lastRound = resumed
            searches.beginRound(at: resumed)
            var isAwake = false
            // Who is first may search first, so that is not always the same one.
            let first = processes.isEmpty ? 0 : Int.random(in: processes.indices, using: &generator)
            for index in [first..<processes.endIndex, 0..<first].joined() {
                let share = thinning.share(of: processes[index].cost)
                if share < 1, Double.random(in: 0..<1, using: &generator) >= share {
                    isAwake = true
                    continue
                }
                mailbox.begin(processes[index].location.process, turn: turn)
                processes[index].sample(
                    &searches,
                    longestGap: UInt64(Double(longestGap) / share),
                    clock: KernelClock.monotonic
                )
                if processes[index].state != .ended { isAwake = true }
                let now = KernelClock.monotonic()
                if now > resumed + Self.stretch {
                    KernelClock.sleep(until: now + Self.breather)
                    resumed = KernelClock.monotonic()
                }
            }
            if isChanged {
                // A new process's locks are searched once, which says nothing about the rounds to come.
                (begin, cpuBefore, searchedBefore) = (KernelClock.monotonic(), KernelClock.threadCPU(), searches.spent)
            } else {
                rounds += 1
            }
            let now = KernelClock.monotonic()
            if isChanged || !isAwake || now >= nextReport {
                nextReport = now + Self.reportInterval
                keepPace(at: now)
                publish()
            }
            // From the last deadline on, not from now: else what the round took would be missing from the rate.
            let pause = UInt64(pace.pause(luck: .random(in: 0..<1, using: &generator)) * 1e9)
            deadline = isAwake ? max(now + Self.shortestPause, (deadline ?? now) + pause) : nil
            longestGap = UInt64(pace.longestGap * 1e9)
        }
    }

    /// Tells the pace what the rounds since the last time have cost.
    private mutating func keepPace(at now: UInt64) {
        let cpu = KernelClock.threadCPU()
        let search = searches.spent - searchedBefore
        pace.spent(
            Double(cpu - cpuBefore - min(search, cpu - cpuBefore)) / 1e9,
            on: rounds,
            in: Double(now - begin) / 1e9,
            searching: Double(search) / 1e9
        )
        if rounds > 0 { thinning.adapt(fulfilled: pace.effectiveRate / pace.rate) }
        total.searching += .nanoseconds(Int64(clamping: search))
        (rounds, begin, cpuBefore, searchedBefore) = (0, now, cpu, searches.spent)
    }

    private func publish() {
        mailbox.publish(
            processes.lazy.map { ($0.location.process, $0.tracked) },
            rate: pace.effectiveRate,
            cpuTime: cpuOfOthers + .nanoseconds(Int64(clamping: cpuBefore)),
            rounds: total,
            turn: turn
        )
    }

    private mutating func adopt(_ locations: [ProcessIdentity: InterpreterLocation]) {
        var new = locations
        processes.removeAll { locations[$0.location.process] == nil }
        for index in processes.indices {
            guard let location = new.removeValue(forKey: processes[index].location.process) else { continue }
            processes[index].move(to: location)
        }
        // What a thread has seen that hangs now.
        let seen = new.isEmpty ? [:] : mailbox.read().processes
        processes += new.values.map { location in
            SampledProcess(
                location,
                memory: ProcessMemory(pid: location.process.pid),
                after: seen[location.process]?.observation
            )
        }
    }
}
