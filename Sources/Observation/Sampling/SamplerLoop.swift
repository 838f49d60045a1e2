import Linux

/// The work of the sampling thread.
struct SamplerLoop {
    private let mailbox: SamplerMailbox
    private let generation: Int
    private let onReport: @Sendable () -> Void
    /// CPU time of the threads before this one.
    private let cpuOfOthers: Duration
    private var pace: SamplingPace
    private var processes: [SampledProcess<ProcessMemory>] = []
    /// In the order of the processes. A process is large: asking each when it is due would cost as much as the samples.
    private var plans: [Plan] = []
    /// The processes of a pass: places in ``processes``.
    private var due: [Int] = []
    private var searches: SearchLimiter
    private var thinning = SamplingThinning()
    private var generator = SplitMix64()
    private var nextReport: UInt64 = 0
    private let hasProfiles: Bool
    private let waiterShare: Double
    private let followsActivity: Bool
    private var nextPublication: UInt64 = 0
    private var nextProfile: UInt64 = 0
    private var total = SamplingPasses()
    /// Passes that the pace does not know of yet, when they began, and the CPU that this thread had used before them.
    private var passes = 0
    private var looks = 0
    private var begin = KernelClock.monotonic()
    private var cpuBefore = KernelClock.threadCPU()
    private var searchedBefore: UInt64 = 0

    /// Reading the CPU clock takes a system call, and a publication is copied: together they cost as much as a sample. So
    /// the observations of few processes in a scrape are at most this old, a hundredth of the usual scrape interval.
    private static let reportInterval: UInt64 = 50_000_000
    /// Processes that are published at this interval; where more have changed, it is as many times longer.
    private static let cheapNews = 25
    /// Samples of a process between two checks, unless these are then more than ``maxCheckSeconds`` apart.
    private static let samplesPerCheck = 50.0
    private static let maxCheckSeconds = 10.0
    /// Profiles are large, and nobody looks at them so often.
    private static let profileInterval: UInt64 = 500_000_000

    private struct Plan {
        /// When the next sample is due: ``SampledProcess/due``.
        var due: UInt64 = 0
        /// ``SamplingRhythm/Rest/weight``; 0 if it does not rest.
        var restWeight = 0
        /// Whether it was sampled since the newest publication.
        var mayHaveNews = true

        var isResting: Bool { restWeight > 0 }
    }

    init(
        _ settings: GILSampler.Settings,
        _ mailbox: SamplerMailbox,
        generation: Int,
        onReport: @escaping @Sendable () -> Void
    ) {
        self.mailbox = mailbox
        self.generation = generation
        self.onReport = onReport
        hasProfiles = settings.hasProfiles
        waiterShare = settings.waiterShare
        followsActivity = settings.followsActivity
        let before = mailbox.publication()
        (total, cpuOfOthers) = (before.passes, before.cpuTime)
        // No samples were taken while the thread before this one hung.
        if generation > 0, let last = before.at {
            total.missed += .nanoseconds(Int64(clamping: begin - min(last, begin)))
        }
        pace = SamplingPace(rate: settings.rate, budget: settings.cpuBudget)
        searches = SearchLimiter(cpuBudget: settings.cpuBudget)
    }

    /// A greater delay is not due to timers: the thread had no CPU.
    private static let lateness: UInt64 = 1_000_000
    /// A thread with priority over all others must give up the CPU in between: nanoseconds of work, after which it takes at
    /// most one more sample, and nanoseconds of sleep. ``SearchBudget`` does the same during searches.
    private static let stretch: UInt64 = 400_000
    private static let rest: UInt64 = 1_000_000
    private static let minPause: UInt64 = 50_000

    mutating func run() {
        // A thread that gets a CPU only after the observed thread has gone to sleep never sees it hold the lock.
        _ = SchedulingPolicy.requestFastestWakeUp()
        var revision = 0
        var deadline: UInt64?
        var lastPass: UInt64?
        var maxGap = UInt64(pace.maxGap * 1e9)
        while let assignment = mailbox.wait(until: deadline, since: revision, generation: generation) {
            let isChanged = assignment.revision != revision
            pace.budget = assignment.budget
            if isChanged {
                revision = assignment.revision
                keepPace(at: KernelClock.monotonic())
                adopt(assignment.locations)
                pace.processes = processes.count
            }
            total.count += 1
            var resumed = KernelClock.monotonic()
            if let deadline {
                if resumed > deadline + Self.lateness { total.late += 1 }
                if let lastPass, resumed - lastPass > maxGap {
                    total.missed += .nanoseconds(Int64(clamping: resumed - lastPass))
                }
            }
            lastPass = resumed
            searches.beginPass(at: resumed)
            // The first process may search first, so it varies.
            due.removeAll(keepingCapacity: true)
            for index in plans.indices where plans[index].due <= resumed { due.append(index) }
            let first = due.isEmpty ? 0 : Int.random(in: due.indices, using: &generator)
            for offset in due.indices {
                let index = due[(first + offset) % due.count]
                let share = plans[index].isResting ? 1 : thinning.share(of: processes[index].cost)
                if share < 1, Double.random(in: 0..<1, using: &generator) >= share { continue }
                mailbox.beginRead(of: processes[index].location.process, generation: generation)
                processes[index].sample(
                    &searches,
                    maxGap: UInt64(Double(maxGap) / share),
                    waiterWeight: chooseWaiterWeight(),
                    checkInterval: checkInterval,
                    luck: .random(in: 0..<1, using: &generator),
                    restLength: chooseRestLength(),
                    clock: KernelClock.monotonic
                )
                looks += 1
                plans[index] = Plan(due: processes[index].due, restWeight: processes[index].rest?.weight ?? 0)
                let now = KernelClock.monotonic()
                if now > resumed + Self.stretch {
                    KernelClock.sleep(until: now + Self.rest)
                    resumed = KernelClock.monotonic()
                }
            }
            if isChanged {
                // The locks of a new process are searched once, which does not predict the cost of later passes.
                (begin, cpuBefore, searchedBefore) = (KernelClock.monotonic(), KernelClock.threadCPU(), searches.spent)
                looks = 0
            } else {
                passes += 1
            }
            let now = KernelClock.monotonic()
            let nextReading = plans.lazy.map(\.due).min() ?? .max
            let isAwake = nextReading < .max
            if isChanged || !isAwake || now >= nextReport {
                nextReport = now + Self.reportInterval
                keepPace(at: now)
                if isChanged || !isAwake || now >= nextPublication { publish(at: now) }
                onReport()
                if hasProfiles, !isAwake || now >= nextProfile {
                    nextProfile = now + Self.profileInterval
                    publishProfiles()
                }
            }
            // Counted from the last deadline, not from now: otherwise the duration of a pass would lower the rate. A pass
            // for a new assignment comes before its deadline.
            let pause = UInt64(pace.pause(luck: .random(in: 0..<1, using: &generator)) * 1e9)
            // Where all rest, the pace does not matter. Those that are due until the next report are read together: a wake-up
            // costs more than a reading, and looks through all plans.
            let next = nextReading > 0 ? now + Self.reportInterval : min(deadline ?? now, now) + pause
            deadline = isAwake ? max(now + Self.minPause, next) : nil
            maxGap = UInt64(pace.maxGap * 1e9)
        }
    }

    /// Nanoseconds between two checks of a process. A check costs as much as ten samples, and should cost less than those in
    /// between: where the budget allows few samples, checks are seldom, too.
    private var checkInterval: UInt64 {
        UInt64(
            Double(CPUAccount.maxInterval)
                * min(max(1, Self.samplesPerCheck / pace.effectiveRate), Self.maxCheckSeconds)
        )
    }

    /// What the next sample of a process counts for waiters; nil if it does not look for them. The choice does not depend on
    /// the process, so what is found stands for all samples.
    private mutating func chooseWaiterWeight() -> Double? {
        guard hasProfiles, Double.random(in: 0..<1, using: &generator) < waiterShare else { return nil }
        return 1 / waiterShare
    }

    /// The nanoseconds for which a process rests that begins to. They vary, so that processes that were found together are not
    /// read, and their time counted, together for ever.
    private mutating func chooseRestLength() -> UInt64 {
        UInt64(pace.restLength * Double.random(in: 0.8..<1, using: &generator) * 1e9)
    }

    /// Reports the cost of the passes since the last call to the pace.
    private mutating func keepPace(at now: UInt64) {
        let cpu = KernelClock.threadCPU()
        let search = searches.spent - searchedBefore
        pace.spent(
            Double(cpu - cpuBefore - min(search, cpu - cpuBefore)) / 1e9,
            on: passes,
            of: looks,
            in: Double(now - begin) / 1e9,
            searching: Double(search) / 1e9
        )
        pace.restingReadings = plans.reduce(0) { $0 + $1.restWeight }
        if passes > 0 { thinning.adapt(fulfilled: pace.effectiveRate / pace.rate) }
        total.searching += .nanoseconds(Int64(clamping: search))
        (passes, looks, begin, cpuBefore, searchedBefore) = (0, 0, now, cpu, searches.spent)
    }

    /// Publishes what has changed. Many processes are published less often, so that this costs less than their samples.
    private mutating func publish(at now: UInt64) {
        var news: [(ProcessIdentity, TrackedProcess)] = []
        for index in plans.indices where plans[index].mayHaveNews {
            plans[index].mayHaveNews = false
            if let tracked = processes[index].takeNews() { news.append((processes[index].location.process, tracked)) }
        }
        nextPublication = now + Self.reportInterval * UInt64(max(1, news.count / Self.cheapNews))
        mailbox.publish(
            news,
            rate: pace.effectiveRate,
            cpuTime: cpuOfOthers + .nanoseconds(Int64(clamping: cpuBefore)),
            passes: total,
            resting: plans.count(where: \.isResting),
            generation: generation
        )
    }

    private mutating func publishProfiles() {
        for index in processes.indices {
            guard let profile = processes[index].takeProfile() else { continue }
            mailbox.publish(profile, of: processes[index].location.process, generation: generation)
        }
    }

    private mutating func adopt(_ locations: [ProcessIdentity: InterpreterLocation]) {
        var new = locations
        processes.removeAll { locations[$0.location.process] == nil }
        for index in processes.indices {
            guard let location = new.removeValue(forKey: processes[index].location.process) else { continue }
            processes[index].move(to: location)
        }
        // Continues the observations of a thread that hangs now.
        let seen = new.isEmpty ? [:] : mailbox.publication().processes
        processes += new.values.map { location in
            SampledProcess(
                location,
                memory: ProcessMemory(pid: location.process.pid),
                after: seen[location.process]?.observation,
                isProfiled: hasProfiles,
                mayRest: followsActivity
            )
        }
        plans = processes.map { Plan(due: $0.due, restWeight: $0.rest?.weight ?? 0) }
    }
}

/// A random number generator that asks the kernel only for its seed. The standard library's asks for every number, which
/// would add a system call to every sample. Predicting the time of a sample gains nothing.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64 = .random(in: .min ... .max)) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
