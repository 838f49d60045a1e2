package import Linux

/// Samples the locks of all tracked processes, on a thread of its own.
///
/// The thread sleeps without waking up while no process is tracked, and ends after this object.
package final class GILSampler: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Samples of each process per second.
        package var rate: Double
        /// The share of one CPU that the thread may take. If the rate costs more, it is lowered.
        package var cpuBudget: Double
        /// Whether to read what holds the locks.
        package var hasProfiles: Bool
        /// The share of the samples that also read what waits for the locks, which costs more for each thread.
        package var waiterShare: Double
        /// Whether processes that seem to sleep are sampled seldom: ``SamplingRhythm``.
        package var followsActivity: Bool

        package init(
            rate: Double,
            cpuBudget: Double,
            hasProfiles: Bool = false,
            waiterShare: Double = 0.1,
            followsActivity: Bool = false
        ) {
            self.rate = rate
            self.cpuBudget = cpuBudget
            self.hasProfiles = hasProfiles
            self.waiterShare = waiterShare
            self.followsActivity = followsActivity
        }
    }

    private let settings: Settings
    private let mailbox: SamplerMailbox
    private let onReport: @Sendable () -> Void

    /// - Parameter onReport: called by the sampling thread some twenty times a second while a process is sampled. It must not
    ///   block.
    package init(_ settings: Settings, onReport: @escaping @Sendable () -> Void = {}) throws(SystemError) {
        self.settings = settings
        self.onReport = onReport
        mailbox = SamplerMailbox(rate: settings.rate, budget: settings.cpuBudget)
        try startThread(generation: 0)
    }

    /// The thread is not waited for, because it may hang in the memory of another process.
    deinit { mailbox.stop() }

    private func startThread(generation: Int) throws(SystemError) {
        try POSIXThread(name: "gil-sample") { [settings, mailbox, onReport] in
            var loop = SamplerLoop(settings, mailbox, generation: generation, onReport: onReport)
            loop.run()
            mailbox.end(generation: generation)
        }
        .detach()
    }
}

/// What the metrics need of a sampler. Safe to use from any thread.
protocol ProcessSampling: Sendable {
    /// Begins to sample a process. A process that is tracked already is continued; if its interpreter has moved, because
    /// it executed another program, the new one is read from now on.
    func track(_ location: InterpreterLocation)

    /// Ends the sampling of a process, and forgets its observations.
    func untrack(_ process: ProcessIdentity)

    /// Sets the share of one CPU that sampling may take.
    func setBudget(_ budget: Double)

    /// All observations so far, of one instant. Replaces the sampling thread if it hangs.
    func publication() -> SamplerPublication

    /// What held the locks of each process, and what waited for them, since the last call.
    func takeProfiles() -> [ProcessIdentity: LockProfile]
}

extension GILSampler: ProcessSampling {
    func track(_ location: InterpreterLocation) { mailbox.track(location) }

    func untrack(_ process: ProcessIdentity) { mailbox.untrack(process) }

    func setBudget(_ budget: Double) { mailbox.setBudget(budget) }

    func takeProfiles() -> [ProcessIdentity: LockProfile] { mailbox.takeProfiles() }

    func publication() -> SamplerPublication {
        let (publication, newGeneration) = mailbox.publication(at: KernelClock.monotonic())
        if let newGeneration {
            do throws(SystemError) {
                try startThread(generation: newGeneration)
            } catch {
                mailbox.giveUp()
            }
        }
        return publication
    }
}

/// All that the sampling thread has published, at one instant.
struct SamplerPublication: Sendable {
    /// The tracked processes. A process that has ended stays until it is untracked.
    var processes: [ProcessIdentity: TrackedProcess] = [:]
    /// The processes that have ended. Where no thread samples any more, `processes` shows them as unresponsive instead.
    var ended: Set<ProcessIdentity> = []
    /// Samples of each process per second, as the CPU budget allows now.
    var effectiveRate: Double
    /// CPU time that sampling has taken so far.
    var cpuTime = Duration.zero
    var passes = SamplingPasses()
    /// Processes that are sampled seldom, because they seem to sleep.
    var resting = 0
    /// Nanoseconds of ``KernelClock/monotonic()``; nil before the first publication.
    var at: UInt64?
    /// Threads that hang in the memory of processes, and were replaced.
    var stuckThreads = 0
}

/// A process that is sampled, and its observations.
struct TrackedProcess: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// It has no interpreter that can be read: it is starting, or has shut Python down.
        case starting
        case observed
        /// It cannot be read now. Reading is retried from time to time, for a process may change its program or user.
        case unobservable(UnobservableReason)
        /// It has ended. Its observations stay until it is untracked.
        case ended
    }

    var state: State = .starting
    /// Nil until the process was read once. Stays when the process cannot be read any more.
    var observation: ProcessObservation?

    /// Whether the locks are not where they were, as after execve(2). Soon they are found again, or the state is another.
    var isInterrupted: Bool { state == .observed && observation?.threads == nil }
}

/// The passes through all tracked processes. A pass that begins late, because no CPU was free, may find a lock released
/// that was held at the intended time: the thread that occupied the CPU often is the observed one.
struct SamplingPasses: Sendable, Equatable {
    var count: UInt64 = 0
    var late: UInt64 = 0
    /// Time between passes that counts for nothing, because it was far too long.
    var missed = Duration.zero
    /// CPU time of searching for locks.
    var searching = Duration.zero
}
