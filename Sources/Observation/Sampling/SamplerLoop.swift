import Linux

/// What the sampling thread does.
struct SamplerLoop {
    private let mailbox: SamplerMailbox
    private var pace: SamplingPace
    private var processes: [ProcessIdentity: SampledProcess<ProcessMemory>] = [:]

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
            }
            for index in processes.values.indices { processes.values[index].sample(clock: KernelClock.monotonic) }

            let cpu = KernelClock.threadCPU()
            pace.spent(Double(cpu - spent) / 1e9)
            spent = cpu
            mailbox.publish(
                processes.lazy.map { ($0.key, $0.value.tracked) },
                rate: pace.effectiveRate,
                cpuTime: .nanoseconds(Int64(clamping: cpu))
            )
            let isAwake = processes.values.contains { $0.tracked.state != .ended }
            deadline =
                isAwake ? KernelClock.monotonic() + UInt64(pace.pause(luck: .random(in: 0..<1)) * 1e9) : nil
        }
    }

    private mutating func adopt(_ locations: [ProcessIdentity: InterpreterLocation]) {
        processes = processes.filter { locations[$0.key] != nil }
        for (process, location) in locations {
            if processes[process]?.move(to: location) == nil {
                processes[process] = SampledProcess(location, memory: ProcessMemory(pid: process.pid))
            }
        }
    }
}
