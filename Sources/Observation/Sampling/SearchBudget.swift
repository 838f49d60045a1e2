import Linux

/// The CPU that the sampling thread may take to look for the locks of processes, shared by all of them.
///
/// To read locks costs microseconds, to find them may cost a thousand times as much, and how much is up to the process:
/// each thread state takes a reading. So searches have half of the budget at most, saved up for the time when many
/// processes come together. A search begins small. One that does not find all is repeated with more, and the dearer it
/// is, the more must be left for others.
struct SearchBudget {
    enum Size: Int, CaseIterable {
        /// All but a few processes need no more.
        case small
        /// Hundreds of interpreters, thousands of threads.
        case medium
        case large

        var reads: Int { [1 << 10, 1 << 13, 1 << 15][rawValue] }
        var time: Duration { .milliseconds([50, 200, 1000][rawValue]) }
        /// Share of what can be saved up that has to be there.
        fileprivate var reserve: Double { [0, 0.25, 0.5][rawValue] }

        var next: Size? { Size(rawValue: rawValue + 1) }

        init(reads: Int) { self = Self.allCases.first { $0.reads >= reads } ?? .large }
    }

    /// Of one CPU.
    private let share: Double
    /// Seconds of CPU.
    private var left: Double
    private var filledAt: UInt64?
    private var hasLargeInRound = false
    /// Nanoseconds of CPU so far.
    private(set) var spent: UInt64 = 0
    private let cpu: @Sendable () -> UInt64

    /// So many seconds' share can be saved up, which a host with thousands of Python processes needs when it starts.
    private static let savedSeconds = 40.0

    /// - Parameters:
    ///   - budget: the share of one CPU that the thread may take.
    ///   - cpu: nanoseconds of CPU that the calling thread has used.
    init(budget: Double, cpu: @escaping @Sendable () -> UInt64 = KernelClock.threadCPU) {
        share = budget / 2
        left = share * Self.savedSeconds
        self.cpu = cpu
    }

    /// Begins a round through all processes. Others are sampled late because of a large search, so a round has one.
    mutating func beginRound(at now: UInt64) {
        let seconds = Double(now - min(filledAt ?? now, now)) / 1e9
        left = min(left + seconds * share, Self.savedSeconds * share)
        filledAt = now
        hasLargeInRound = false
    }

    func permits(_ size: Size) -> Bool {
        left > size.reserve * Self.savedSeconds * share && !(hasLargeInRound && size != .small)
    }

    /// Has `body` search, and counts what that takes.
    mutating func search<Found>(
        _ size: Size,
        _ body: () throws(ReadingError) -> Found
    ) throws(ReadingError) -> Found {
        guard permits(size) else { throw .postponed }
        let began = cpu()
        defer {
            let taken = cpu() - began
            spent += taken
            left -= Double(taken) / 1e9
            if size != .small { hasLargeInRound = true }
        }
        return try body()
    }
}

/// What the searches in one process may cost over time.
struct SearchPurse: Sendable {
    private(set) var size = SearchBudget.Size.small
    /// Readings.
    private var left = Self.most
    private var filledAt: UInt64?

    /// Enough to begin small and end large.
    private static let most = SearchBudget.Size.allCases.reduce(8192) { $0 + $1.reads }
    /// In a second. Some two hundred searches of a process with few interpreters, of which some come and go all the
    /// time; about a quarter of a hundredth of a CPU.
    private static let income: UInt64 = 2000

    /// Whether there may be a search at all.
    mutating func isEmpty(at now: UInt64) -> Bool {
        // In thousandths of a second, of which none must be lost.
        let milliseconds = (now - min(filledAt ?? now, now)) / 1_000_000
        filledAt = (filledAt ?? now) + milliseconds * 1_000_000
        left = min(left + Int(clamping: min(milliseconds, 1_000_000) * Self.income / 1000), Self.most)
        return left <= 0
    }

    /// Counts what a search has cost. The next one may cost more if this one did not suffice.
    mutating func pay(_ allowance: SearchAllowance, hasFoundAll: Bool) {
        left -= allowance.spent
        size = hasFoundAll ? SearchBudget.Size(reads: allowance.spent) : size.next ?? .small
    }
}
