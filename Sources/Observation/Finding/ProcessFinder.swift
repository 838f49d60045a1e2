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
        /// The call that has got no answer from it.
        var waitsFor: Int?
    }

    private static let longestInterval: UInt64 = 600_000_000_000
    /// A file system that does not answer may come back at any time.
    private static let unresponsiveInterval: UInt64 = 30_000_000_000

    private let proc: String
    /// This process, as the /proc that is read numbers it.
    private let own: Int32?
    private let judge: ProcessJudge
    private let blocking: BlockingWork
    private let owner: @Sendable (NumberedDirectory.Entry) -> UInt32
    private var known: [Int32: Known] = [:]
    private var turns = OwnerTurns()
    private var isFirst = true
    /// Every namespace has a process 1, which is somebody else's: pid_namespaces(7).
    private(set) var seesOthers = true
    /// Processes that were not looked into in the newest scan, because it had cost enough.
    private(set) var deferred = 0

    package init(proc: String = "/proc") { self.init(proc: proc, blocking: BlockingWork()) }

    init(proc: String, blocking: BlockingWork, budget: ImageFile.Budget = ImageFile.Budget()) {
        self.proc = proc
        self.blocking = blocking
        own = (try? SymbolicLink.target(of: "\(proc)/self")).flatMap { Int32($0) }
        judge = ProcessJudge(
            proc: proc,
            pageSize: UInt64(clamping: max(sysconf(Int32(_SC_PAGESIZE)), 1)),
            budget: budget
        )
        owner = { ProcessFiles(proc: proc, pid: $0.number).owner() ?? 0 }
    }

    /// The Python processes of this moment, our own workers excepted.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    ///   - allowance: what looking into processes may cost. One is looked into in any case.
    ///   - isWanted: whether anybody wants to know of a process.
    package mutating func scan(
        now: UInt64,
        allowance: ScanAllowance = ScanAllowance(),
        isWanted: (Int32) -> Bool = { _ in true }
    ) throws(SystemError) -> [Found] {
        let all = try NumberedDirectory.read(proc)
        seesOthers = own == 1 || all.contains { $0.number == 1 }
        let entries = all.filter { $0.number != own && isWanted($0.number) }
        var seen: [Int32: Known] = [:]
        seen.reserveCapacity(entries.count)
        let asked = entries.filter { entry in
            guard let known = remembered(entry), let call = known.waitsFor, blocking.isStuck(call) else { return true }
            seen[entry.number] = known
            return false
        }
        var due: [NumberedDirectory.Entry] = []
        for (entry, mark) in zip(asked, marks(of: asked)) {
            switch mark {
            case .done(let mark):
                let known = known(entry, mark: mark, now: now)
                if now >= known.judgedAgain, !known.verdict.isFinal { due.append(entry) }
                seen[entry.number] = known
            case .stuck(let call):
                seen[entry.number] = unanswered(entry, waitsFor: call, now: now)
            case .refused:
                seen[entry.number] = remembered(entry) ?? unanswered(entry, waitsFor: nil, now: now)
            }
        }
        judge(due, in: &seen, now: now, allowance)
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

    /// What is known of the process; nil for one that has its number from another.
    private func remembered(_ entry: NumberedDirectory.Entry) -> Known? {
        known[entry.number].flatMap { $0.inode == entry.inode ? $0 : nil }
    }

    private func marks(of entries: [NumberedDirectory.Entry]) -> [BlockingWork.Outcome<Int?>] {
        blocking.map(entries, owner: owner) { [proc] entry, _ in
            ProcessFiles(proc: proc, pid: entry.number).programMark()
        }
    }

    /// What is known of a process that runs the program of that mark: nothing, if that is another one.
    private func known(_ entry: NumberedDirectory.Entry, mark: Int?, now: UInt64) -> Known {
        let before = remembered(entry)
        if var known = before, known.mark == mark {
            if known.waitsFor != nil { (known.waitsFor, known.judgedAgain) = (nil, now) }
            return known
        }
        return Known(
            inode: entry.inode,
            isNewborn: before?.isNewborn ?? !isFirst,
            mark: mark,
            since: now,
            judgedAgain: now,
            verdict: .other
        )
    }

    private mutating func judge(
        _ due: [NumberedDirectory.Entry],
        in seen: inout [Int32: Known],
        now: UInt64,
        _ allowance: ScanAllowance
    ) {
        // Who has waited longest comes first among the processes of one owner.
        let waiting = due.map { (entry: $0, since: seen[$0.number]?.judgedAgain ?? now) }.sorted { $0.since < $1.since }
        let ordered = turns.ordered(waiting.map(\.entry), by: owner)
        let first = ordered.first
        let outcomes = blocking.map(ordered, owner: owner) {
            [proc, own, judge] entry, call -> (ProcessJudge.Verdict, UInt64)? in
            guard entry == first || !allowance.isSpent else { return nil }
            let began = KernelClock.monotonic()
            let verdict = allowance.spending { Self.verdict(on: entry.number, proc: proc, own: own, judge, call) }
            return (verdict, KernelClock.monotonic() - began)
        }
        deferred = 0
        for (entry, outcome) in zip(ordered, outcomes) {
            switch outcome {
            case .done((let verdict, let cost)?):
                turns.charge(cost, to: entry, by: owner)
                let since = seen[entry.number]?.since ?? now
                seen[entry.number]?.verdict = verdict
                var next = Self.nextJudgement(of: entry.number, runningSince: since, now: now)
                if case .unobservable(_, .unresponsive) = verdict { next = min(next, now + Self.unresponsiveInterval) }
                // Behind those that were due before.
                seen[entry.number]?.judgedAgain = max(next, now + 1)
            case .done(nil):
                deferred += 1
            case .stuck(let call):
                turns.charge(UInt64(max(0, blocking.limits.patience.nanoseconds)), to: entry, by: owner)
                let mark = seen[entry.number]?.mark
                seen[entry.number] = unanswered(entry, waitsFor: call, now: now)
                seen[entry.number]?.mark = mark
            case .refused:
                let mark = seen[entry.number]?.mark
                seen[entry.number] = unanswered(entry, waitsFor: nil, now: now)
                seen[entry.number]?.mark = mark
            }
        }
    }

    /// A process of which nothing can be asked: it counts as Python if it was, or is called so.
    private func unanswered(_ entry: NumberedDirectory.Entry, waitsFor call: Int?, now: UInt64) -> Known {
        let files = ProcessFiles(proc: proc, pid: entry.number)
        let before = remembered(entry)
        let isPython = files.isNamedAsPython || (before.map { $0.verdict != .other } ?? false)
        return Known(
            inode: entry.inode,
            isNewborn: before?.isNewborn ?? !isFirst,
            mark: before?.mark,
            since: before?.since ?? now,
            judgedAgain: now,
            verdict: (isPython ? files.identity : nil).map { .unobservable($0, .unresponsive) } ?? .other,
            waitsFor: call
        )
    }

    private static func verdict(
        on pid: Int32,
        proc: String,
        own: Int32?,
        _ judge: ProcessJudge,
        _ call: BlockingWork.Call
    ) -> ProcessJudge.Verdict {
        let verdict = judge.judge(pid, call)
        guard verdict != .other, let own, descends(pid, from: own, proc: proc) else { return verdict }
        return .other
    }

    /// The time of life so far, spread by a quarter either way: processes that came together are not judged together.
    private static func nextJudgement(of pid: Int32, runningSince since: UInt64, now: UInt64) -> UInt64 {
        let interval = min(now - since, longestInterval)
        return now + interval / 4 * 3 + interval / 2 / 64 * UInt64(pid % 64)
    }

    private static func descends(_ pid: Int32, from ancestor: Int32, proc: String) -> Bool {
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
    /// Nothing but another program takes an interpreter out of a process. One that was seen while it was being loaded
    /// may have no C library yet, which tells who waits.
    fileprivate var isFinal: Bool {
        if case .python(let location) = self { location.libc != .unknown } else { false }
    }
}
