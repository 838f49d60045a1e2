import Glibc
package import Linux

/// Finds the processes of the host that run CPython, again and again.
///
/// What it has judged it remembers, so that a scan costs one small file for each process that was there before. A
/// process is judged anew when it runs another program, and, as a program may load Python late, from time to time: soon
/// while it is young, every ten minutes when it is old.
package struct ProcessFinder {
    package struct Found: Sendable, Equatable {
        package let process: ProcessIdentity
        package let interpreter: Result<InterpreterLocation, UnobservableReason>
        /// Whether it has started since the first scan, so that nothing of its life was missed.
        package let isNewborn: Bool
    }

    private struct Known {
        let inode: UInt64
        let isNewborn: Bool
        var mark: Int?
        /// When it began to run its program, as far as scans can tell.
        var since: UInt64
        var judgedAgain: UInt64
        var verdict: ProcessJudge.Verdict
    }

    private static let longestInterval: UInt64 = 600_000_000_000

    private let proc: String
    /// This process, as the /proc that is read numbers it.
    private let own: Int32?
    private var judge: ProcessJudge
    private var known: [Int32: Known] = [:]
    private var isFirst = true
    /// Every namespace has a process 1, which is somebody else's: pid_namespaces(7).
    private(set) var seesOthers = true

    package init(proc: String = "/proc") {
        self.proc = proc
        own = (try? SymbolicLink.target(of: "\(proc)/self")).flatMap { Int32($0) }
        judge = ProcessJudge(proc: proc, pageSize: UInt64(clamping: max(sysconf(Int32(_SC_PAGESIZE)), 1)))
    }

    /// The Python processes of this moment, our own workers excepted.
    ///
    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    package mutating func scan(now: UInt64) throws(SystemError) -> [Found] {
        let entries = try NumberedDirectory.read(proc)
        var seen: [Int32: Known] = [:]
        seen.reserveCapacity(entries.count)
        for entry in entries where entry.number != own {
            seen[entry.number] = look(at: entry, now: now)
        }
        seesOthers = seen[1] != nil || own == 1
        known = seen
        isFirst = false
        return seen.values.compactMap { known in
            switch known.verdict {
            case .python(let location):
                Found(process: location.process, interpreter: .success(location), isNewborn: known.isNewborn)
            case .unobservable(let process, let reason):
                Found(process: process, interpreter: .failure(reason), isNewborn: known.isNewborn)
            case .other:
                nil
            }
        }
    }

    private mutating func look(at entry: NumberedDirectory.Entry, now: UInt64) -> Known {
        let mark = ProcessFiles(proc: proc, pid: entry.number).programMark()
        if var known = known[entry.number], known.inode == entry.inode, known.mark == mark {
            guard now >= known.judgedAgain, !known.verdict.isFinal else { return known }
            known.verdict = verdict(on: entry.number)
            known.judgedAgain = Self.nextJudgement(of: entry.number, runningSince: known.since, now: now)
            return known
        }
        let isSameProcess = known[entry.number]?.inode == entry.inode
        return Known(
            inode: entry.inode,
            isNewborn: isSameProcess ? known[entry.number]?.isNewborn ?? false : !isFirst,
            mark: mark,
            since: now,
            judgedAgain: now,
            verdict: verdict(on: entry.number)
        )
    }

    private mutating func verdict(on pid: Int32) -> ProcessJudge.Verdict {
        let verdict = judge.judge(pid)
        guard verdict != .other, let own, descends(pid, from: own) else { return verdict }
        return .other
    }

    /// The time of life so far, spread by a quarter either way: processes that came together are not judged together.
    private static func nextJudgement(of pid: Int32, runningSince since: UInt64, now: UInt64) -> UInt64 {
        let interval = min(now - since, longestInterval)
        return now + interval / 4 * 3 + interval / 2 / 64 * UInt64(pid % 64)
    }

    private func descends(_ pid: Int32, from ancestor: Int32) -> Bool {
        var pid = pid
        // A worker is a child, a grandchild at the deepest; nobody nests so deep by chance, and loops cannot be.
        for _ in 0..<16 {
            guard let parent = ProcessFiles(proc: proc, pid: pid).stat()?.parent, parent > 1 else { return false }
            if parent == ancestor { return true }
            pid = parent
        }
        return false
    }
}

extension ProcessJudge.Verdict {
    /// Nothing but another program takes an interpreter out of a process.
    fileprivate var isFinal: Bool {
        if case .python = self { true } else { false }
    }
}
