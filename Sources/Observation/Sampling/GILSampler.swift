package import Linux

/// Samples the locks of all tracked processes, on a thread of its own.
///
/// The thread sleeps without ever waking up while nothing is tracked, and ends with this object.
@safe package final class GILSampler: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Samples of each process per second.
        package var rate = 100.0
        /// The share of one CPU that the thread may take. If the rate costs more, it is lowered.
        package var cpuBudget = 0.01

        package init(rate: Double = 100, cpuBudget: Double = 0.01) {
            self.rate = rate
            self.cpuBudget = cpuBudget
        }
    }

    private let settings: Settings
    private let mailbox: SamplerMailbox
    /// Held while the thread is replaced.
    private let replacing = PThreadMutex()
    private nonisolated(unsafe) var thread: POSIXThread?
    /// A thread that hangs in another process's memory is not waited for: it is one reading, or a search, from its end.
    private static let patience: UInt64 = 2_000_000_000

    package init(_ settings: Settings = Settings()) throws(SystemError) {
        self.settings = settings
        mailbox = SamplerMailbox(rate: settings.rate)
        unsafe thread = try Self.start(settings, mailbox)
    }

    private static func start(_ settings: Settings, _ mailbox: SamplerMailbox) throws(SystemError) -> POSIXThread {
        try POSIXThread(name: "gil-sample") {
            let turn = mailbox.turn
            var loop = SamplerLoop(settings, mailbox, turn: turn)
            loop.run()
            mailbox.end(turn: turn)
        }
    }

    deinit {
        mailbox.stop()
        let hasEnded = mailbox.hasEnded(by: KernelClock.monotonic() + Self.patience)
        guard let thread = unsafe thread.take() else { return }
        if hasEnded { thread.join() } else { thread.detach() }
    }

    /// Has another thread go on when this one hangs. Whoever looks at what was seen sees to that.
    private func supervise() {
        replacing.lock()
        defer { replacing.unlock() }
        guard mailbox.needsThread(at: KernelClock.monotonic()) else { return }
        unsafe thread.take()?.detach()
        do throws(SystemError) {
            unsafe thread = try Self.start(settings, mailbox)
        } catch {
            mailbox.giveUp()
        }
    }

    /// Begins to sample a process. A process that is tracked already goes on; one whose interpreter is elsewhere now,
    /// because it executed another program, is read there from now on.
    package func track(_ location: InterpreterLocation) { mailbox.track(location) }

    /// Ends the sampling of a process, and forgets what was seen of it.
    package func untrack(_ process: ProcessIdentity) { mailbox.untrack(process) }

    /// All that are tracked, with what has been seen of them so far. One that has ended stays until it is untracked.
    package var processes: [ProcessIdentity: TrackedProcess] {
        supervise()
        return mailbox.read().processes
    }

    /// Samples of each process per second, as the budget allows now.
    package var effectiveRate: Double { mailbox.read().effectiveRate }

    /// CPU that sampling has taken so far.
    package var cpuTime: Duration { mailbox.read().cpuTime }

    /// Threads that hang in the memory of processes, and were replaced.
    package var stuckThreads: Int { mailbox.read().stuckThreads }

    /// How often all were sampled so far, and how often late.
    package var rounds: SamplingRounds { mailbox.read().rounds }

    /// What was seen of every process that could be read, and why not of the others. Processes whose interpreter has
    /// not started yet are missing; of those that have ended there is what was seen last.
    package func snapshot() -> [ProcessIdentity: Result<ProcessObservation, UnobservableReason>] {
        processes.compactMapValues { process in
            if case .unobservable(let reason) = process.state { return .failure(reason) }
            return process.observation.map { .success($0) }
        }
    }
}
