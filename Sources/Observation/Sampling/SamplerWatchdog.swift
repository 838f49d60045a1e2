/// Watches the sampling thread, and decides when another one has to replace it.
///
/// A page of another process's memory may belong to a file on a FUSE server or network file system that does not answer. A
/// thread that reads it hangs until it does: only SIGKILL ends process_vm_readv(2). Such a thread is left behind, and a
/// new one continues without the process.
struct SamplerWatchdog: Sendable {
    /// The number of the thread that samples. Every replacement increments it.
    private(set) var generation = 0
    /// Processes that are not read, because their memory did not answer.
    private(set) var hung: Set<ProcessIdentity> = []
    /// For how long a process is not read after its memory has answered at last, in nanoseconds, and until when; nil before
    /// that. Each time that it hangs again is twice as long.
    private var sentences: [ProcessIdentity: (length: UInt64, end: UInt64?)] = [:]
    /// Processes that are not read for the first time, because others of their owner do not answer.
    private(set) var avoided: Set<ProcessIdentity> = []
    /// Whether a thread samples.
    private(set) var hasThread = true
    /// The threads that hang, by generation, with the processes that they read, and their owners; nil if unknown.
    private var stuck: [Int: (process: ProcessIdentity, owner: UInt32?)] = [:]

    /// The process that the thread reads now, and the number of that read.
    private var process: ProcessIdentity?
    private var read: UInt64 = 0
    /// The read that was under way at the last check, the time of that check, and the number of checks that saw it.
    private var suspicion: (read: UInt64, at: UInt64, checks: Int)?

    /// Threads that may hang at a time.
    private static let maxStuck = 16
    /// Threads that may hang for one user, except root, so that no user takes all places.
    private static let maxStuckPerOwner = 2
    /// Nanoseconds between two checks that count. At one of them the exporter may just have been stopped, or the host
    /// asleep, but not at several.
    private static let interval: UInt64 = 1_000_000_000
    private static let maxChecks = 4
    private static let minSentence: UInt64 = 60_000_000_000
    private static let maxSentence: UInt64 = 3_600_000_000_000

    mutating func beginRead(of process: ProcessIdentity, _ generation: Int) {
        guard generation == self.generation else { return }
        self.process = process
        read &+= 1
    }

    mutating func finishRead(_ generation: Int) {
        if generation == self.generation { process = nil }
    }

    /// Notes that the thread of that generation has ended.
    ///
    /// - Returns: whether processes that were avoided may be read now.
    mutating func end(_ generation: Int, at now: UInt64) -> Bool {
        if generation == self.generation {
            process = nil
        } else if let thread = stuck.removeValue(forKey: generation) {
            if let length = sentences[thread.process]?.length { sentences[thread.process]?.end = now + length }
            defer { avoided = [] }
            return !avoided.isEmpty
        }
        return false
    }

    /// Takes processes whose memory has answered from ``hung`` again after a while.
    ///
    /// - Returns: whether there are any.
    mutating func release(at now: UInt64) -> Bool {
        let released = hung.filter { process in sentences[process]?.end.map { now >= $0 } ?? false }
        hung.subtract(released)
        for process in released { sentences[process]?.end = nil }
        return !released.isEmpty
    }

    var stuckThreads: Int { stuck.count }

    mutating func forget(_ process: ProcessIdentity) {
        hung.remove(process)
        sentences[process] = nil
        avoided.remove(process)
    }

    mutating func giveUp() { hasThread = false }

    /// Whether to keep away from a process that has never been read.
    mutating func avoids(_ process: ProcessIdentity, of owner: UInt32?) -> Bool {
        guard let owner, owner != 0, stuck.values.count(where: { $0.owner == owner }) >= Self.maxStuckPerOwner else {
            return false
        }
        avoided.insert(process)
        return true
    }

    /// Whether to start another thread, of the new ``generation``.
    ///
    /// - Parameter owner: the user that a process belongs to.
    mutating func check(at now: UInt64, owner: (ProcessIdentity) -> UInt32?) -> Bool {
        guard hasThread else {
            // A thread may have returned, or the system may have one again.
            hasThread = stuck.count <= Self.maxStuck
            return hasThread
        }
        guard let process else {
            suspicion = nil
            return false
        }
        guard var known = suspicion, known.read == read else {
            suspicion = (read, now, 1)
            return false
        }
        guard now >= known.at + Self.interval else { return false }
        known = (read, now, known.checks + 1)
        suspicion = known
        guard known.checks >= Self.maxChecks else { return false }
        hung.insert(process)
        let length = sentences[process].map { min(2 * $0.length, Self.maxSentence) } ?? Self.minSentence
        sentences[process] = (length, nil)
        stuck[generation] = (process, owner(process))
        (self.process, suspicion) = (nil, nil)
        generation += 1
        hasThread = stuck.count <= Self.maxStuck
        return hasThread
    }
}
