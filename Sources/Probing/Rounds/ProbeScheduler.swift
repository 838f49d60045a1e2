import Linux

/// Runs a round, waits, runs the next, until it is cancelled.
package final class ProbeScheduler: Sendable {
    private let runtimes: @Sendable (ProbingSettings) -> [RuntimeSpecification]
    private let probes: ProbeRunner
    private let observe: ProbingObserver
    private let settings: Protected<ProbingSettings>
    private let due: Protected<UInt64>

    /// - Parameter runtimes: which runtimes to probe; asked anew for every round.
    package init(
        settings: ProbingSettings,
        probes: ProbeRunner,
        runtimes: @escaping @Sendable (ProbingSettings) -> [RuntimeSpecification],
        observe: @escaping ProbingObserver
    ) {
        self.settings = Protected(settings)
        self.probes = probes
        self.runtimes = runtimes
        self.observe = observe
        due = Protected(.max)
    }

    /// Whether it has done, in time, what it had to do by now. False only when something is stuck.
    package var makesProgress: Bool {
        KernelClock.monotonic() <= due.withLock { $0 }
    }

    /// - Throws: `CancellationError`, when the task is cancelled; nothing else ends it.
    package func run() async throws {
        // The time limit ends a worker, so every event is followed by another one within it, and some time to clean up.
        let patience = Duration.seconds(10)
        var runner = RoundRunner(probes: probes) { [observe, due, settings] event in
            let limit = settings.withLock { $0.timeLimit }
            due.withLock { $0 = Self.time(after: limit + patience) }
            observe(event)
        }
        while true {
            let current = settings.withLock { $0 }
            let started = KernelClock.monotonic()
            due.withLock { $0 = Self.time(after: current.timeLimit + patience) }
            let round = try await runner.run(runtimes(current), settings: current)
            let next = NextRound(after: round.cpuSeconds, settings: current, luck: .random(in: -1...1))
            let elapsed = Duration.nanoseconds(Int64(KernelClock.monotonic() - started))
            let pause = max(next.interval - elapsed, .zero)
            observe(.finished(round, next: next))
            due.withLock { $0 = Self.time(after: pause + patience) }
            try await Task.sleep(for: pause)
        }
    }

    private static func time(after duration: Duration) -> UInt64 {
        KernelClock.monotonic() + UInt64(max(0, duration.nanoseconds))
    }
}
