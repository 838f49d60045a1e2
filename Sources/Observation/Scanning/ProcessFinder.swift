import Glibc
import Linux

/// Finds the processes of the host that run CPython, scan after scan.
///
/// The finder remembers every detection, so a scan reads one small file for each known process. It repeats the detection
/// when a process runs another program, and from time to time, because a program may load Python late: soon while the
/// process is young, every ten minutes when it is old.
struct ProcessFinder {
    private struct Entry {
        var inode: UInt64
        var mark: Int?
        /// Nanoseconds of CPU before the mark was read at the newest scan; nil if unknown, or if the mark could not be read.
        var cpu: UInt64?
        /// The first scan that saw the process run its program.
        var since: UInt64
        var nextDetection: UInt64
        var detection: InterpreterDetector.Detection
        /// The call that the process does not answer.
        var stuckCall: Int?
        /// Whether its files did not answer, or were not read because too many others did not.
        var isSilent = false
        /// Since when detections have been discarded for lack of descriptors; nil if the newest was not.
        var discardedSince: UInt64?

        var interpreter: KnownInterpreter? {
            guard case .python(let location) = detection, let mark else { return nil }
            return KnownInterpreter(location: location, mark: mark)
        }

        /// Whether another look before the next scan would find nothing new, unless the process executes a program.
        func isSettled(at now: UInt64) -> Bool {
            isSilent || found(at: now) != nil && (detection.isFinal || now < nextDetection)
        }

        var isRecognised: Bool { isSilent || detection.isFinal }

        /// - Returns: nil for a process that does not run Python, or is about to.
        func found(at now: UInt64) -> FoundProcess? {
            switch detection {
            case .python(let location):
                // Observed without its C library, it would seem to hide its waiting threads.
                guard location.libc != .loading || now >= since + ProcessFinder.patienceWithLoader else { return nil }
                return FoundProcess(process: location.process, interpreter: .success(location), program: mark, cpu: cpu)
            case .unobservable(let process, let reason):
                return FoundProcess(process: process, interpreter: .failure(reason), program: mark, cpu: cpu)
            case .other:
                return nil
            }
        }
    }

    private static let maxInterval: UInt64 = 600_000_000_000
    /// A file system that does not answer may recover at any time.
    private static let unresponsiveInterval: UInt64 = 30_000_000_000
    /// After so long, what is found during a lack of descriptors counts. A file system in user space may report one for ever.
    static let patienceWithShortage: UInt64 = 60_000_000_000
    /// After so long, a process that seems to load its C library has none, or one of another name.
    static let patienceWithLoader: UInt64 = 30_000_000_000

    private let proc: String
    private let own: OwnProcesses
    private let detector: InterpreterDetector
    private let blocking: BlockingWork
    private let owner: @Sendable (NumberedDirectory.Entry) -> UInt32
    private let cpuClock: (Int32) -> UInt64?
    private let starts: StartWatch?
    private var entries: [Int32: Entry] = [:]
    private var queue = FairQueue()
    /// Whether the kernel shows processes of other users. Every namespace has a process 1, which belongs to another:
    /// pid_namespaces(7).
    private(set) var seesOthers = true
    /// Processes that the newest scan did not look into because its budget was spent, or for want of descriptors.
    private(set) var deferred = 0

    /// The processes whose files do not answer, whether or not they run Python.
    var silent: Set<Int32> { Set(entries.filter(\.value.isSilent).keys) }

    /// - Parameter cpuClock: nanoseconds of CPU that a process has used: ``ProcessFiles/cpuTime()``.
    init(
        proc: String = "/proc",
        blocking: BlockingWork = BlockingWork(),
        starts: StartWatch? = nil,
        imageBudget: ImageFile.Budget = ImageFile.Budget(),
        cpuClock: ((Int32) -> UInt64?)? = nil
    ) {
        self.proc = proc
        self.starts = starts
        self.blocking = blocking
        self.cpuClock = cpuClock ?? { ProcessFiles(proc: proc, pid: $0).cpuTime() }
        own = OwnProcesses(proc: proc)
        detector = InterpreterDetector(
            proc: proc,
            pageSize: UInt64(clamping: max(sysconf(Int32(_SC_PAGESIZE)), 1)),
            budget: imageBudget
        )
        owner = { ProcessFiles(proc: proc, pid: $0.number).owner() ?? 0 }
    }

    /// The Python processes of this moment, except the exporter's own workers.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    ///   - budget: for looking into new processes. One is looked into in any case.
    ///   - isWanted: whether to look at a process at all.
    mutating func scan(
        now: UInt64,
        budget: ScanBudget = ScanBudget(),
        isWanted: (Int32) -> Bool = { _ in true }
    ) throws(SystemError) -> [FoundProcess] {
        let all = try NumberedDirectory.read(proc)
        seesOthers = own.number == 1 || all.contains { $0.number == 1 }
        let wanted = all.filter { $0.number != own.number && isWanted($0.number) }
        entries = examine(wanted, now: now, budget)
        return entries.values.compactMap { $0.found(at: now) }
    }

    /// The Python processes among those that have just started, without a look at all others. Only the programs are
    /// considered that are known to run Python.
    ///
    /// - Returns: those that were not found before, or run another program than before, and whether each was recognised. One
    ///   that was not may still be loading its libraries.
    mutating func look(
        at candidates: StartWatch.Candidates,
        now: UInt64,
        budget: ScanBudget
    ) -> (found: [FoundProcess], isComplete: Bool) {
        let asked = Shortage.absent {
            newcomers(among: candidates).filter { process in
                let entry = remembered(process)
                if case .numbers = candidates, entry?.isSettled(at: now) == true { return false }
                return !own.haveStarted(process.number)
            }
        }
        guard let asked else { return ([], false) }
        let known = asked.reduce(into: [:]) { $0[$1.number] = entries[$1.number] }
        let before = deferred
        let seen = examine(asked, now: now, budget)
        deferred = before
        entries.merge(seen) { $1 }
        let found = seen.compactMap { number, entry -> FoundProcess? in
            if let before = known[number], before.detection == entry.detection, before.mark == entry.mark { return nil }
            return entry.found(at: now)
        }
        return (found, asked.allSatisfy { seen[$0.number]?.isRecognised ?? false })
    }

    private func newcomers(among candidates: StartWatch.Candidates) -> [NumberedDirectory.Entry] {
        switch candidates {
        case .all:
            let unknown = try? NumberedDirectory.read(proc).filter { remembered($0) == nil }
            return unknown?.filter { starts?.runsPython(ofProcess: $0.number) ?? false } ?? []
        case .numbers(let numbers):
            return numbers.compactMap { number in
                // Threads have numbers, too, and directories that are not listed.
                guard let starts, starts.runsPython(ofProcess: number) else { return nil }
                let files = ProcessFiles(proc: proc, pid: number)
                guard files.isProcess, let inode = FileIdentity(path: files.directory)?.inode else { return nil }
                return NumberedDirectory.Entry(number: number, inode: inode)
            }
        case .interrupted(let numbers):
            return numbers.compactMap { number in
                entries[number].map { NumberedDirectory.Entry(number: number, inode: $0.inode) }
            }
        }
    }

    private mutating func examine(
        _ wanted: [NumberedDirectory.Entry],
        now: UInt64,
        _ budget: ScanBudget
    ) -> [Int32: Entry] {
        var seen: [Int32: Entry] = [:]
        seen.reserveCapacity(wanted.count)
        let asked = wanted.filter { process in
            guard let entry = remembered(process), let call = entry.stuckCall, blocking.isStuck(call) else {
                return true
            }
            seen[process.number] = entry
            seen[process.number]?.cpu = nil
            return false
        }
        deferred = 0
        var due: [NumberedDirectory.Entry] = []
        let clocks = asked.map { cpuClock($0.number) }
        for (process, (cpu, mark)) in zip(asked, zip(clocks, marks(of: asked, clocks))) {
            switch mark {
            case .done(.success(let mark)):
                var entry = entry(of: process, mark: mark, now: now)
                entry.cpu = cpu
                if now >= entry.nextDetection, !entry.detection.isFinal { due.append(process) }
                seen[process.number] = entry
            case .stuck(let call):
                seen[process.number] = silentEntry(of: process, stuckCall: call, now: now)
            case .refused:
                seen[process.number] = remembered(process) ?? silentEntry(of: process, stuckCall: nil, now: now)
                seen[process.number]?.cpu = nil
            case .done(.failure), .postponed:
                seen[process.number] = remembered(process)
                seen[process.number]?.cpu = nil
                if seen[process.number] == nil { deferred += 1 }
            }
        }
        detect(due, in: &seen, now: now, budget)
        return seen
    }

    /// - Returns: nil for a process that is new, or that has reused the number of another.
    private func remembered(_ process: NumberedDirectory.Entry) -> Entry? {
        entries[process.number].flatMap { $0.inode == process.inode ? $0 : nil }
    }

    /// Asks each process that has run since the last time. The others still run the same program.
    ///
    /// - Parameter clocks: nanoseconds of CPU of each process.
    /// - Returns: the mark of each, or a lack of descriptors, which says nothing of the process.
    private func marks(
        of processes: [NumberedDirectory.Entry],
        _ clocks: [UInt64?]
    ) -> [BlockingWork.Outcome<Result<Int?, SystemError>>] {
        let known = zip(processes, clocks).map { process, cpu -> Entry? in
            guard let cpu, let entry = remembered(process), entry.cpu == cpu, !entry.isSilent else { return nil }
            return entry
        }
        let others = zip(processes, known).filter { $1 == nil }.map(\.0)
        var answers = blocking.map(others, owner: owner) { [proc] process, _ in
            Result { () throws(SystemError) in try ProcessFiles(proc: proc, pid: process.number).programMark() }
        }[...]
        return known.map { entry in
            if let entry { return .done(.success(entry.mark)) }
            return answers.removeFirst()
        }
    }

    /// The remembered entry, or a new one if the process is new or runs another program than before.
    private func entry(of process: NumberedDirectory.Entry, mark: Int?, now: UInt64) -> Entry {
        if var entry = remembered(process) ?? reappeared(process, mark: mark), entry.mark == mark {
            if entry.isSilent { (entry.stuckCall, entry.isSilent, entry.nextDetection) = (nil, false, now) }
            return entry
        }
        return Entry(
            inode: process.inode,
            mark: mark,
            since: now,
            nextDetection: now,
            detection: .other
        )
    }

    /// The entry of a process whose inode is new because the kernel had dropped the old one for want of memory.
    private func reappeared(_ process: NumberedDirectory.Entry, mark: Int?) -> Entry? {
        guard var entry = entries[process.number], entry.mark == mark else { return nil }
        if let known = entry.detection.process {
            guard ProcessFiles(proc: proc, pid: process.number).identity == known else { return nil }
        } else if mark == nil {
            return nil
        }
        entry.inode = process.inode
        return entry
    }

    private mutating func detect(
        _ due: [NumberedDirectory.Entry],
        in seen: inout [Int32: Entry],
        now: UInt64,
        _ budget: ScanBudget
    ) {
        // Of one owner's processes, the one that has waited longest is the first.
        let waiting = due.map { (process: $0, since: seen[$0.number]?.nextDetection ?? now) }
            .sorted { $0.since < $1.since }
        let ordered = queue.ordered(waiting.map(\.process), by: owner)
        let first = ordered.first
        let before: [Int32: Entry] = due.reduce(into: [:]) { $0[$1.number] = seen[$1.number] }
        let forks = ForkedInterpreters(proc: proc) { [entries] pid in entries[pid]?.interpreter }
        let outcomes = blocking.map(ordered, owner: owner) {
            [own, detector, starts] process, call -> (InterpreterDetector.Detection?, UInt64)? in
            guard process == first || !budget.isSpentOnFinding else { return nil }
            let began = KernelClock.monotonic()
            let entry = before[process.number]
            // The program of a fork is known, and so is that this process did not start it.
            let fork = budget.spending { entry?.mark.flatMap { forks.location(of: process.number, mark: $0) } }
            if let fork { return (.python(fork), KernelClock.monotonic() - began) }
            let isPatient = entry?.discardedSince.map { now < $0 + Self.patienceWithShortage } ?? true
            let detection = budget.spending {
                let detect = { Self.detection(of: process.number, own, detector, call) }
                return isPatient ? Shortage.absent(during: detect) : detect()
            }
            if case .python(let location)? = detection {
                if let starts { budget.spending { starts.know(process.number) } }
                if let mark = entry?.mark { forks.know(KnownInterpreter(location: location, mark: mark)) }
            }
            return (detection, KernelClock.monotonic() - began)
        }
        for (process, outcome) in zip(ordered, outcomes) {
            switch outcome {
            case .done((nil, let cost)?):
                queue.charge(cost, to: process, by: owner)
                let discardedSince = seen[process.number]?.discardedSince ?? now
                seen[process.number]?.discardedSince = discardedSince
                // Later than now, so behind the processes that were due before.
                seen[process.number]?.nextDetection = now + 1
                deferred += 1
            case .done((let detection?, let cost)?):
                queue.charge(cost, to: process, by: owner)
                seen[process.number]?.discardedSince = nil
                let since = seen[process.number]?.since ?? now
                seen[process.number]?.detection = detection
                var next = Self.nextDetection(of: process.number, runningSince: since, now: now)
                if case .unobservable(_, .unresponsive) = detection {
                    next = min(next, now + Self.unresponsiveInterval)
                }
                // Later than now, so behind the processes that were due before.
                seen[process.number]?.nextDetection = max(next, now + 1)
            case .done(nil), .postponed:
                deferred += 1
            case .stuck(let call):
                queue.charge(UInt64(max(0, blocking.limits.patience.nanoseconds)), to: process, by: owner)
                let mark = seen[process.number]?.mark
                seen[process.number] = silentEntry(of: process, stuckCall: call, now: now)
                seen[process.number]?.mark = mark
            case .refused:
                let mark = seen[process.number]?.mark
                seen[process.number] = silentEntry(of: process, stuckCall: nil, now: now)
                seen[process.number]?.mark = mark
            }
        }
    }

    /// An entry for a process that cannot be asked. It counts as Python if it did before, or is named as Python is.
    private func silentEntry(of process: NumberedDirectory.Entry, stuckCall: Int?, now: UInt64) -> Entry {
        let files = ProcessFiles(proc: proc, pid: process.number)
        let before = remembered(process)
        let identity = before?.detection.process ?? (files.isNamedAsPython ? files.identity : nil)
        return Entry(
            inode: process.inode,
            mark: before?.mark,
            since: before?.since ?? now,
            nextDetection: now,
            detection: identity.map { .unobservable($0, .unresponsive) } ?? .other,
            stuckCall: stuckCall,
            isSilent: true
        )
    }

    private static func detection(
        of pid: Int32,
        _ own: OwnProcesses,
        _ detector: InterpreterDetector,
        _ call: BlockingWork.Call
    ) -> InterpreterDetector.Detection {
        let detection = detector.detect(pid, call)
        return detection != .other && own.haveStarted(pid) ? .other : detection
    }

    /// The process's age from now, varied by a quarter either way, so that processes that started together are not looked
    /// into together.
    private static func nextDetection(of pid: Int32, runningSince since: UInt64, now: UInt64) -> UInt64 {
        let interval = min(now - since, maxInterval)
        return now + interval / 4 * 3 + interval / 2 / 64 * UInt64(pid % 64)
    }
}

/// A Python process that a scan has found.
struct FoundProcess: Sendable, Equatable {
    let process: ProcessIdentity
    let interpreter: Result<InterpreterLocation, UnobservableReason>
    /// A mark that changes with execve(2); nil if the kernel denies it.
    var program: Int?
    /// Nanoseconds of CPU that it had used when the scan began to look at it; nil if unknown.
    var cpu: UInt64?
}

extension InterpreterDetector.Detection {
    /// Nil for a process that does not run Python.
    fileprivate var process: ProcessIdentity? {
        switch self {
        case .python(let location): location.process
        case .unobservable(let process, _): process
        case .other: nil
        }
    }

    /// Whether only execve(2) can change it. If the C library is unknown, the process may have been seen while it was being
    /// loaded.
    fileprivate var isFinal: Bool {
        if case .python(let location) = self { location.libc.isKnown } else { false }
    }
}
