import Linux

/// What the sampling thread does.
struct SamplerLoop {
    private let mailbox: SamplerMailbox
    private var pace: SamplingPace
    private var processes: [SampledProcess<ProcessMemory>] = []
    private var nextPublication: UInt64 = 0

    /// What is published is copied, which costs as much as the sample itself, and nobody looks as often: a scrape every
    /// few seconds is off by less than a hundredth, and never by more than this.
    private static let publicationInterval: UInt64 = 20_000_000

    init(_ settings: GILSampler.Settings, _ mailbox: SamplerMailbox) {
        self.mailbox = mailbox
        pace = SamplingPace(rate: settings.rate, budget: settings.cpuBudget)
    }

    mutating func run() {
        var revision = 0
        var deadline: UInt64?
        var spent = KernelClock.threadCPU()
        while let assignment = mailbox.wait(until: deadline, since: revision) {
            if assignment.revision != revision {
                revision = assignment.revision
                adopt(assignment.locations)
                nextPublication = 0
            }
            var isAwake = false
            for index in processes.indices {
                processes[index].sample(clock: KernelClock.monotonic)
                if processes[index].state != .ended { isAwake = true }
            }

            let cpu = KernelClock.threadCPU()
            pace.spent(Double(cpu - spent) / 1e9)
            spent = cpu
            let now = KernelClock.monotonic()
            if now >= nextPublication || !isAwake {
                nextPublication = now + Self.publicationInterval
                publish(cpu)
            }
            // From the last deadline on, not from now: else what the round took would be missing from the rate.
            deadline =
                isAwake ? max(now, (deadline ?? now) + UInt64(pace.pause(luck: .random(in: 0..<1)) * 1e9)) : nil
        }
    }

    private func publish(_ cpu: UInt64) {
        mailbox.publish(
            processes.lazy.map { ($0.location.process, $0.tracked) },
            rate: pace.effectiveRate,
            cpuTime: .nanoseconds(Int64(clamping: cpu))
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
