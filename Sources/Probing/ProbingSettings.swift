/// The runtimes and probes to run, and how often. Every setting has a default that suits most hosts.
package struct ProbingSettings: Sendable, Equatable {
    /// Where runtimes come from beside those that are listed.
    package enum Discovery: String, Sendable, CaseIterable {
        /// Only the listed ones; with none listed, `native` alone.
        case none
        /// `native` and the host's `python3`.
        case host
        /// `native` and every `python3`, `python3.N`, `python3.Nt` and `pypy3` on PATH.
        case all
    }

    /// With more workers a probe measures the scheduler.
    package static let maxWorkers = 1024

    /// Whether probes run.
    package var isEnabled = true
    /// Time from the start of one round to the start of the next.
    package var interval: Duration = .seconds(60)
    /// The interval varies at random by up to this share of itself, either way, so that hosts do not probe in step.
    package var jitter: Double = 0.1
    /// CPU that all workers together may use, as a share of one CPU, averaged over an interval. The interval is
    /// stretched where needed to keep it.
    package var cpuBudget: Double = 0.05
    /// Time after which a worker process is killed.
    package var timeLimit: Duration = .seconds(10)
    /// The same for a countdown, where it differs: one of a chosen length may need longer. Nil: ``timeLimit``.
    package var countdownTimeLimit: Duration?
    /// The probes to run, where a runtime supports them.
    package var probes: [Probe] = Probe.allCases
    /// The number of workers of every probe but `single`; `latency` has at least two.
    package var workers: Int = 2
    /// A measurement is disturbed when the workers spent more than this share of their time on run queues.
    package var disturbedRunQueueRatio: Double = 0.05
    /// How long a native worker waits for the lock before it asks the holder to drop it.
    package var switchInterval: Duration = .milliseconds(5)
    /// Wake-ups in each phase of the probe `latency`, at most.
    package var wakeUps: Int = 12
    /// A phase of `latency` ends after this time, even with fewer wake-ups; nil: only with all of them.
    package var phaseLimit: Duration? = .milliseconds(120)
    package var discovery: Discovery = .host
    /// Runtimes beside the discovered ones. One with the name of a discovered one replaces it.
    package var runtimes: [RuntimeConfiguration] = []

    package init() {}
}
