import Linux

/// The limits on one search for the locks of a process. The process decides how long its lists are, and how long it takes
/// to read them.
struct SearchBudget: Sendable {
    /// Ranges of memory that may be read.
    let reads: Int
    private(set) var spent = 0
    /// Nanoseconds of ``KernelClock/monotonic()``.
    private let deadline: UInt64
    private var nextRest = Self.stretch

    /// Reads that may take any time. A host without a free CPU is not the fault of the process, nor is a page that has to
    /// come back from swap.
    private static let untimedReads = 64
    /// A thread that has priority over all others (SCHED_FIFO) must give up the CPU every few hundred microseconds.
    private static let stretch = 256
    private static let rest: UInt64 = 500_000

    init(reads: Int, time: Duration) {
        self.reads = reads
        deadline = KernelClock.monotonic() + UInt64(max(0, time.nanoseconds))
    }

    init(_ size: SearchSize) { self.init(reads: size.reads, time: size.time) }

    /// To be called before each reading.
    mutating func spend(_ count: Int = 1) throws(ReadingError) {
        guard count <= reads - spent else { throw .exhausted }
        spent += count
        if spent >= nextRest {
            nextRest = spent + Self.stretch
            KernelClock.sleep(until: KernelClock.monotonic() + Self.rest)
        }
        guard spent <= Self.untimedReads || KernelClock.monotonic() < deadline else { throw .exhausted }
    }
}

/// How much a search may cost. A search begins small, and is repeated with the next size if it did not find everything.
enum SearchSize: Int, CaseIterable {
    /// Enough for all but a few processes.
    case small
    /// Hundreds of interpreters, thousands of threads.
    case medium
    /// Twice as many threads as fit in 128 GiB with stacks of 8 MiB.
    case large

    var reads: Int { [1 << 10, 1 << 13, 1 << 15][rawValue] }
    var time: Duration { .milliseconds([50, 200, 1000][rawValue]) }
    /// The share of the savings that must be there for such a search. The more expensive a search is, the more it leaves
    /// for others.
    fileprivate var reserve: Double { [0, 0.25, 0.5][rawValue] }

    var next: SearchSize? { SearchSize(rawValue: rawValue + 1) }

    /// The smallest size with so many reads.
    init(reads: Int) { self = Self.allCases.first { $0.reads >= reads } ?? .large }
}

/// Limits the CPU time of all searches of the sampling thread.
///
/// Reading locks takes microseconds; finding them may take a thousand times as long, which is up to the process: each
/// thread state takes a reading. So searches have half of the CPU budget, and save it for the time when many processes
/// start together.
struct SearchLimiter {
    /// Seconds of CPU.
    private var savings: TokenBucket
    private var hasLargeInPass = false
    /// Nanoseconds of CPU so far.
    private(set) var spent: UInt64 = 0
    private let cpu: @Sendable () -> UInt64

    /// Seconds whose share can be saved. A host with thousands of Python processes needs them when it starts.
    private static let savedSeconds = 40.0

    /// - Parameters:
    ///   - cpuBudget: the share of one CPU that the sampling thread may take.
    ///   - cpu: nanoseconds of CPU that the calling thread has used.
    init(cpuBudget: Double, cpu: @escaping @Sendable () -> UInt64 = KernelClock.threadCPU) {
        let share = cpuBudget / 2
        savings = TokenBucket(capacity: share * Self.savedSeconds, rate: share)
        self.cpu = cpu
    }

    /// Begins a pass through all processes. A large search delays the samples of others, so a pass has at most one.
    mutating func beginPass(at now: UInt64) {
        savings.fill(at: now)
        hasLargeInPass = false
    }

    func permits(_ size: SearchSize) -> Bool {
        savings.level > size.reserve * savings.capacity && !(hasLargeInPass && size != .small)
    }

    /// Runs a search, and charges the CPU time that it takes.
    mutating func search<Found>(
        _ size: SearchSize,
        _ body: () throws(ReadingError) -> Found
    ) throws(ReadingError) -> Found {
        guard permits(size) else { throw .postponed }
        let began = cpu()
        defer {
            let taken = cpu() - began
            spent += taken
            savings.take(.seconds(nanoseconds: taken))
            if size != .small { hasLargeInPass = true }
        }
        return try body()
    }
}

/// Limits the searches in one process over time.
struct ProcessSearchLimiter: Sendable {
    private(set) var size = SearchSize.small
    private var reads = TokenBucket(capacity: Self.maxReads, rate: Self.readsPerSecond)

    /// Enough to begin small and end large.
    private static let maxReads = Double(SearchSize.allCases.reduce(8192) { $0 + $1.reads })
    /// Some two hundred searches a second of a process with few interpreters, some of which come and go all the time;
    /// about a quarter of a hundredth of a CPU.
    private static let readsPerSecond = 2000.0

    /// Whether no search may begin.
    mutating func isExhausted(at now: UInt64) -> Bool {
        reads.fill(at: now)
        return reads.level <= 0
    }

    /// Charges a search. The next one may cost more if this one did not find everything.
    mutating func charge(_ budget: SearchBudget, hasFoundAll: Bool) {
        reads.take(Double(budget.spent))
        size = hasFoundAll ? SearchSize(reads: budget.spent) : size.next ?? .small
    }
}
