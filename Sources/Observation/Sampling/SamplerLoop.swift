import Linux

/// What the sampling thread does.
struct SamplerLoop {
    private let mailbox: SamplerMailbox
    private var pace: SamplingPace
    private var processes: [SampledProcess<ProcessMemory>] = []
    private var generator = SplitMix64()
    private var nextReport: UInt64 = 0
    private var total = SamplingRounds()
    /// Rounds that the pace does not know of yet, when they began, and the CPU that this thread had used before them.
    private var rounds = 0
    private var begin = KernelClock.monotonic()
    private var cpuBefore = KernelClock.threadCPU()

    /// To read the CPU clock takes a system call, and what is published is copied: together as dear as a sample. Nobody
    /// looks as often: a scrape every few seconds is off by a hundredth, and never by more than this.
    private static let reportInterval: UInt64 = 50_000_000

    init(_ settings: GILSampler.Settings, _ mailbox: SamplerMailbox) {
        self.mailbox = mailbox
        pace = SamplingPace(rate: settings.rate, budget: settings.cpuBudget)
    }

    /// Later than this has nothing to do with timers: there was no CPU for the thread.
    private static let lateness: UInt64 = 1_000_000
    /// A thread that goes before all others must let them have the CPU in between: after some hundreds of microseconds.
    private static let atOnce = 128
    private static let breather: UInt64 = 1_000_000

    mutating func run() {
        // Who waits for a CPU until the observed thread goes to sleep never sees it hold the lock.
        _ = Promptness.most()
        var revision = 0
        var deadline: UInt64?
        while let assignment = mailbox.wait(until: deadline, since: revision) {
            let isChanged = assignment.revision != revision
            if isChanged {
                revision = assignment.revision
                keepPace(at: KernelClock.monotonic())
                adopt(assignment.locations)
                pace.processes = processes.count
            }
            total.all += 1
            if let deadline, KernelClock.monotonic() > deadline + Self.lateness { total.late += 1 }
            var isAwake = false
            for index in processes.indices {
                if index > 0, index.isMultiple(of: Self.atOnce) {
                    KernelClock.sleep(until: KernelClock.monotonic() + Self.breather)
                }
                processes[index].sample(clock: KernelClock.monotonic)
                if processes[index].state != .ended { isAwake = true }
            }
            if isChanged {
                // A new process's locks are searched once, which says nothing about the rounds to come.
                (begin, cpuBefore) = (KernelClock.monotonic(), KernelClock.threadCPU())
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
            deadline = isAwake ? max(now, (deadline ?? now) + pause) : nil
        }
    }

    /// Tells the pace what the rounds since the last time have cost.
    private mutating func keepPace(at now: UInt64) {
        let cpu = KernelClock.threadCPU()
        pace.spent(Double(cpu - cpuBefore) / 1e9, on: rounds, in: Double(now - begin) / 1e9)
        (rounds, begin, cpuBefore) = (0, now, cpu)
    }

    private func publish() {
        mailbox.publish(
            processes.lazy.map { ($0.location.process, $0.tracked) },
            rate: pace.effectiveRate,
            cpuTime: .nanoseconds(Int64(clamping: cpuBefore)),
            rounds: total
        )
    }

    private mutating func adopt(_ locations: [ProcessIdentity: InterpreterLocation]) {
        var new = locations
        processes.removeAll { locations[$0.location.process] == nil }
        for index in processes.indices {
            guard let location = new.removeValue(forKey: processes[index].location.process) else { continue }
            processes[index].move(to: location)
        }
        processes += new.values.map { SampledProcess($0, memory: ProcessMemory(pid: $0.process.pid)) }
    }
}
