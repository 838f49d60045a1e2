/// Which of the sampling threads it is that samples, and what it is busy with.
///
/// A page of another process's memory may be in a file on a FUSE server or network file system that does not answer, and
/// who reads it hangs until it does: process_vm_readv(2) ends by SIGKILL alone. Such a thread is left behind, and another
/// one goes on without the process.
struct SamplerTurns {
    private(set) var current = 0
    /// Processes whose memory does not answer.
    private(set) var hung: Set<ProcessIdentity> = []
    /// No thread samples any more.
    private(set) var isOver = false
    private(set) var hasEnded = false

    /// What the thread reads now, and which of its samples that is.
    private var process: ProcessIdentity?
    private var sample: UInt64 = 0
    /// The sample that was under way at the last look, since when, and at how many looks.
    private var suspicion: (sample: UInt64, at: UInt64, looks: Int)?

    /// More would not be a mishap.
    private static let most = 16
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
        if turn == current { (process, hasEnded) = (nil, true) }
    }

    mutating func forget(_ process: ProcessIdentity) { hung.remove(process) }

    mutating func giveUp() { isOver = true }

    /// Whether another thread has to go on.
    mutating func check(at now: UInt64) -> Bool {
        guard let process, !isOver else {
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
        (self.process, suspicion) = (nil, nil)
        current += 1
        isOver = current > Self.most
        return true
    }
}
