/// Which of the sampling threads it is that samples, and what it is busy with.
///
/// A page of another process's memory may be in a file on a FUSE server or network file system that does not answer, and
/// who reads it hangs until it does: process_vm_readv(2) ends by SIGKILL alone. Such a thread is left behind, and another
/// one goes on without the process.
struct SamplerTurns {
    private(set) var current = 0
    /// Processes whose memory does not answer.
    private(set) var hung: Set<ProcessIdentity> = []
    /// Processes that are not read for the first time, because others of their owner do not answer.
    private(set) var avoided: Set<ProcessIdentity> = []
    /// Whether a thread samples.
    private(set) var hasThread = true
    private(set) var hasEnded = false
    /// The threads that hang, by their turns, with the owners of what they read; nil: unknown.
    private var stuck: [Int: UInt32?] = [:]

    /// What the thread reads now, and which of its samples that is.
    private var process: ProcessIdentity?
    private var sample: UInt64 = 0
    /// The sample that was under way at the last look, since when, and at how many looks.
    private var suspicion: (sample: UInt64, at: UInt64, looks: Int)?

    /// Threads that may hang at a time, and those that may hang for one user, root excepted: nobody takes all places
    /// from others.
    private static let most = 16
    private static let mostOfOwner = 2
    /// Between two looks that count. At one of them the exporter may just have been stopped, or the host asleep, but not
    /// at several.
    private static let interval: UInt64 = 1_000_000_000
    private static let looks = 4

    mutating func begin(_ process: ProcessIdentity, _ turn: Int) {
        guard turn == current else { return }
        self.process = process
        sample &+= 1
    }

    mutating func end(_ turn: Int) {
        if turn == current { process = nil }
    }

    mutating func leave(_ turn: Int) {
        if turn == current {
            (process, hasEnded) = (nil, true)
        } else if stuck.removeValue(forKey: turn) != nil {
            avoided = []
        }
    }

    var stuckThreads: Int { stuck.count }

    mutating func forget(_ process: ProcessIdentity) {
        hung.remove(process)
        avoided.remove(process)
    }

    mutating func giveUp() { hasThread = false }

    /// Whether to keep away from a process that has never been read.
    mutating func avoids(_ process: ProcessIdentity, of owner: UInt32?) -> Bool {
        guard let owner, owner != 0, stuck.values.count(where: { $0 == owner }) >= Self.mostOfOwner else {
            return false
        }
        avoided.insert(process)
        return true
    }

    /// Whether another thread has to begin.
    ///
    /// - Parameter owner: the user that a process belongs to.
    mutating func check(at now: UInt64, owner: (ProcessIdentity) -> UInt32?) -> Bool {
        guard hasThread else {
            // One has returned, or there was none to be had for a while.
            hasThread = stuck.count <= Self.most
            return hasThread
        }
        guard let process else {
            suspicion = nil
            return false
        }
        guard var known = suspicion, known.sample == sample else {
            suspicion = (sample, now, 1)
            return false
        }
        guard now >= known.at + Self.interval else { return false }
        known = (sample, now, known.looks + 1)
        suspicion = known
        guard known.looks >= Self.looks else { return false }
        hung.insert(process)
        stuck[current] = .some(owner(process))
        (self.process, suspicion) = (nil, nil)
        current += 1
        hasThread = stuck.count <= Self.most
        return hasThread
    }
}
