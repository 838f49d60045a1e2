/// What is probed, how, and how often. Every part has a default that suits most hosts.
package struct ProbingSettings: Sendable, Equatable {
    /// Where runtimes come from beside those that are listed.
    package enum Discovery: String, Sendable, CaseIterable {
        /// Only those that are listed; with none listed, `native` alone.
        case none
        /// `native` and the host's `python3`.
        case host
        /// `native` and every `python3`, `python3.N`, `python3.Nt` and `pypy3` on PATH.
        case all
    }

    /// As many workers as can be asked for. Beyond that a probe measures the scheduler.
    package static let mostWorkers = 1024

    /// Time from the start of one round to the start of the next.
    package var interval: Duration = .seconds(60)
    /// The interval varies at random by up to this share of itself, either way, so that hosts do not march in step.
    package var jitter: Double = 0.1
    /// CPU that all workers together may use, as a share of one CPU, averaged over an interval. The interval is
    /// stretched rather than this be exceeded.
    package var cpuBudget: Double = 0.05
    /// Time after which a worker process is ended.
    package var timeLimit: Duration = .seconds(10)
    /// The probes to run, where a runtime supports them.
    package var probes: [Probe] = Probe.allCases
    /// Workers of every probe but `single`.
    package var workers: Int = 2
    /// Share of the worker time spent on run queues from which on a measurement is disturbed.
    package var disturbedRunQueueRatio: Double = 0.05
    /// How long a native worker waits for the lock before it asks the holder to drop it.
    package var switchInterval: Duration = .milliseconds(5)
    package var discovery: Discovery = .host
    /// Runtimes beside the discovered ones. One with the name of a discovered one replaces it.
    package var runtimes: [RuntimeSpecification] = []

    package init() {}
}
