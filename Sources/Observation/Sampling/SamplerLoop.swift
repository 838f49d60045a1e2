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
    /// What the pace does not know of yet: passes, looks at processes, when they began, and nanoseconds of CPU.
    private var passes = 0
    private var looks = 0
    private var begin = KernelClock.monotonic()
    private var used: UInt64 = 0
    /// Of searches, and of the first samples of processes: they do not predict the cost of passes.
    private var usedOnce: UInt64 = 0
    /// Nanoseconds of CPU that this thread had used when it was last asked, and searches had.
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
        let due: UInt64
        /// ``SamplingRhythm/Rest/weight``; 0 if it does not rest.
        let restWeight: Int
        /// Whether it was not sampled since it was found.
        let isNew: Bool
        /// Whether it was sampled since the newest publication.
        var mayHaveNews = true
        /// Whether it was sampled since its newest profile.
        var mayHaveProfile = true

        var isResting: Bool { restWeight > 0 }

        /// - Parameter nextAttempt: the earliest time for another attempt if the process could not be read. Attempts cost what
        ///   samples do, so they are no more frequent.
        init(due: UInt64, restWeight: Int, isNew: Bool = false, nextAttempt: UInt64 = 0) {
            self.due = due == 0 || restWeight > 0 ? due : max(due, nextAttempt)
            self.restWeight = restWeight
            self.isNew = isNew
        }

        func isDue(in turn: SamplingSchedule.Turn) -> Bool {
            due == 0 ? turn.isPass : due <= turn.begin && (turn.areRestsRead || !isResting)
        }
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

    /// A thread with priority over all others must give up the CPU in between: nanoseconds of work, after which it takes at
    /// most one more sample, and nanoseconds of sleep. ``SearchBudget`` does the same during searches.
    private static let stretch: UInt64 = 400_000
    private static let rest: UInt64 = 1_000_000

    mutating func run() {
        // A thread that gets a CPU only after the observed thread has gone to sleep never sees it hold the lock.
        _ = SchedulingPolicy.requestFastestWakeUp()
        var revision = 0
        var schedule = SamplingSchedule()
        var maxGap = UInt64(pace.maxGap * 1e9)
        while let assignment = mailbox.wait(until: schedule.deadline, since: revision, generation: generation) {
            let isChanged = assignment.revision != revision
            pace.budget = assignment.budget
            if isChanged {
                revision = assignment.revision
                // The passes so far were through the previous processes.
                keepPace(at: KernelClock.monotonic(), isPaced: true)
                adopt(assignment.locations, beginningAnew: assignment.untracked)
                pace.processes = processes.count
                _ = sample(maxGap: maxGap) { $0.isNew }
                noteCPU(isOnce: true)
                schedule.postponePass(until: KernelClock.monotonic())
            }
            let turn = schedule.begin(at: KernelClock.monotonic())
            if turn.isPass { countPass(turn, maxGap: maxGap) }
            looks += sample(maxGap: maxGap) { $0.isDue(in: turn) }
            let outlook = outlook()
            let end = KernelClock.monotonic()
            report(at: end, outlook, isChanged: isChanged)
            schedule.end(
                turn,
                at: end,
                outlook,
                pause: UInt64(pace.pause(luck: .random(in: 0..<1, using: &generator)) * 1e9),
                retryPause: UInt64(1e9 / pace.effectiveRate)
            )
            if turn.isPass || !outlook.isPaced { maxGap = UInt64(pace.maxGap * 1e9) }
        }
    }

    private mutating func countPass(_ turn: SamplingSchedule.Turn, maxGap: UInt64) {
        total.count += 1
        passes += 1
        if turn.isLate { total.late += 1 }
        if let gap = turn.sincePass, gap > maxGap { total.missed += .nanoseconds(Int64(clamping: gap)) }
    }

    /// Reports to all others what was found, if that is due.
    private mutating func report(at now: UInt64, _ outlook: SamplingSchedule.Outlook, isChanged: Bool) {
        guard isChanged || !outlook.isAwake || now >= nextReport else { return }
        nextReport = now + Self.reportInterval
        keepPace(at: now, isPaced: outlook.isPaced)
        if isChanged || !outlook.isAwake || now >= nextPublication { publish(at: now) }
        onReport()
        guard hasProfiles, !outlook.isAwake || now >= nextProfile else { return }
        nextProfile = now + Self.profileInterval
        publishProfiles()
    }

    /// Samples some processes.
    ///
    /// - Returns: how many.
    private mutating func sample(maxGap: UInt64, where isDue: (Plan) -> Bool) -> Int {
        var resumed = KernelClock.monotonic()
        searches.beginPass(at: resumed)
        due.removeAll(keepingCapacity: true)
        for index in plans.indices where isDue(plans[index]) { due.append(index) }
        // The first process may search first, so it varies.
        let first = due.isEmpty ? 0 : Int.random(in: due.indices, using: &generator)
        var count = 0
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
                luck: .random(using: &generator),
                restLength: UInt64(pace.restLength * 1e9),
                clock: KernelClock.monotonic
            )
            count += 1
            let now = KernelClock.monotonic()
            plans[index] = Plan(
                due: processes[index].due,
                restWeight: processes[index].rest?.weight ?? 0,
                nextAttempt: now + UInt64(1e9 / pace.effectiveRate)
            )
            if now > resumed + Self.stretch {
                KernelClock.sleep(until: now + Self.rest)
                resumed = KernelClock.monotonic()
            }
        }
        return count
    }

    private func outlook() -> SamplingSchedule.Outlook {
        var outlook = SamplingSchedule.Outlook()
        for plan in plans {
            if plan.isResting {
                outlook.isResting = true
            } else if plan.due == 0 {
                outlook.isPaced = true
            } else {
                outlook.nextAttempt = min(outlook.nextAttempt, plan.due)
            }
        }
        return outlook
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

    /// Notes the CPU time since the last call.
    ///
    /// - Parameter isOnce: whether none of it predicts the cost of passes.
    private mutating func noteCPU(isOnce: Bool = false) {
        let (cpu, search) = (KernelClock.threadCPU(), searches.spent - searchedBefore)
        let once = isOnce ? cpu - cpuBefore : min(search, cpu - cpuBefore)
        used += cpu - cpuBefore - once
        usedOnce += once
        total.searching += .nanoseconds(Int64(clamping: search))
        (cpuBefore, searchedBefore) = (cpu, searches.spent)
    }

    /// Reports the cost of the passes since the last call to the pace.
    private mutating func keepPace(at now: UInt64, isPaced: Bool) {
        noteCPU()
        pace.restingReadings = plans.reduce(0) { $0 + $1.restWeight }
        // What is read between two passes is part of the cost of one.
        guard passes > 0 || !isPaced else { return }
        pace.spent(
            Double(used) / 1e9,
            on: passes,
            of: looks,
            in: Double(now - begin) / 1e9,
            once: Double(usedOnce) / 1e9
        )
        if passes > 0 { thinning.adapt(fulfilled: pace.effectiveRate / pace.rate) }
        (passes, looks, begin, used, usedOnce) = (0, 0, now, 0, 0)
    }

    /// Publishes what has changed. Many processes are published less often, so that this costs less than their samples.
    private mutating func publish(at now: UInt64) {
        var count = 0
        mailbox.publish(
            rate: pace.effectiveRate,
            cpuTime: cpuOfOthers + .nanoseconds(Int64(clamping: cpuBefore)),
            passes: total,
            resting: plans.count(where: \.isResting),
            generation: generation
        ) { publish in
            for index in plans.indices where plans[index].mayHaveNews {
                plans[index].mayHaveNews = false
                guard let tracked = processes[index].takeNews() else { continue }
                publish(processes[index].location.process, tracked)
                count += 1
            }
        }
        nextPublication = now + Self.reportInterval * UInt64(max(1, count / Self.cheapNews))
    }

    private mutating func publishProfiles() {
        for index in plans.indices where plans[index].mayHaveProfile {
            plans[index].mayHaveProfile = false
            guard let profile = processes[index].takeProfile() else { continue }
            mailbox.publish(profile, of: processes[index].location.process, generation: generation)
        }
    }

    private mutating func adopt(
        _ locations: [ProcessIdentity: InterpreterLocation],
        beginningAnew untracked: Set<ProcessIdentity>
    ) {
        // By index, because closures would copy processes, which are large. Their order does not matter.
        for index in processes.indices.reversed() {
            let process = processes[index].location.process
            guard locations[process] == nil || untracked.contains(process) else { continue }
            processes.swapAt(index, processes.count - 1)
            processes.removeLast()
        }
        var (new, moved) = (locations, Set<ProcessIdentity>())
        for index in processes.indices {
            guard let location = new.removeValue(forKey: processes[index].location.process) else { continue }
            if processes[index].location != location { moved.insert(location.process) }
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
        plans = processes.indices.map { index in
            let identity = processes[index].location.process
            let isNew = new[identity] != nil || moved.contains(identity)
            return Plan(due: processes[index].due, restWeight: processes[index].rest?.weight ?? 0, isNew: isNew)
        }
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
