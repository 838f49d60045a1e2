/// Who reads the locks of processes, again and again. May be used from any thread.
package protocol GILSampling: Sendable {
    /// Begins to sample a process. One whose interpreter is elsewhere now is read there from now on.
    func track(_ location: InterpreterLocation)
    /// Ends the sampling of a process, and forgets what was seen of it.
    func untrack(_ process: ProcessIdentity)
    /// All that are tracked. One that has ended stays until it is untracked.
    var processes: [ProcessIdentity: TrackedProcess] { get }
    /// Samples of each process per second.
    var effectiveRate: Double { get }
    /// CPU that sampling has taken so far.
    var cpuTime: Duration { get }
    /// How often all were sampled so far.
    var rounds: SamplingRounds { get }
    /// Threads that hang in the memory of processes, and were replaced.
    var stuckThreads: Int { get }
}

extension GILSampler: GILSampling {}
