import Glibc
import Linux

/// The limits on the work of looking into new processes in one scan. Several threads do that work.
///
/// A third is kept for asking those that were found for their groups: a process without a group is not observed.
package final class ScanBudget: Sendable {
    private let deadline: UInt64
    private let findingDeadline: UInt64
    /// Nanoseconds of CPU.
    let cpu: Int64
    private let remaining: Protected<Int64>
    private let reserve: Int64

    /// - Parameters:
    ///   - cpu: CPU time of the threads that do the work.
    ///   - time: time on the clock, because a slow disk takes no CPU.
    package init(cpu: Duration = .seconds(3600), time: Duration = .seconds(3600)) {
        let now = KernelClock.monotonic()
        let time = UInt64(max(0, time.nanoseconds))
        deadline = now + time
        findingDeadline = now + time / 3 * 2
        self.cpu = cpu.nanoseconds
        remaining = Protected(cpu.nanoseconds)
        reserve = cpu.nanoseconds / 3
    }

    var isSpent: Bool { remaining.withLock { $0 } <= 0 || KernelClock.monotonic() >= deadline }

    /// Whether only the part for the groups is left.
    var isSpentOnFinding: Bool {
        remaining.withLock { $0 } <= reserve || KernelClock.monotonic() >= findingDeadline
    }

    /// Seconds of CPU that were charged.
    var spent: Double { .seconds(nanoseconds: UInt64(max(0, cpu - remaining.withLock { $0 }))) }

    /// Charges the CPU time that `body` takes on the calling thread.
    func spending<Value>(_ body: () -> Value) -> Value {
        let began = KernelClock.threadCPU()
        defer {
            let cost = Int64(clamping: KernelClock.threadCPU() - began)
            remaining.withLock { $0 -= cost }
        }
        return body()
    }
}

/// The time between scans: as configured, unless scans cost more than their share of the CPU budget.
///
/// Unused CPU time is saved, because the first scan reads the file of every program and later scans read almost nothing.
/// That is for looking into processes. What any scan of this host costs beside that may exceed its share for a minute only.
struct ScanPace: Sendable {
    /// The share of the CPU budget that scans may use.
    static let shareOfBudget = 0.25
    /// The share that they may use while processes wait to be looked into: nothing else is known of those.
    static let shareOfBacklog = 0.5
    /// The share that looks at new processes may use. Sampling has the rest.
    static let shareOfLooks = 0.1
    /// The shortest time between two looks.
    private static let minPause: Duration = .milliseconds(20)
    /// The time on the clock for one look.
    private static let maxLookTime: Duration = .seconds(2)
    /// Seconds whose share can be saved.
    private static let savedSeconds = 600.0
    /// Seconds whose share can be saved for what any scan costs, so that a single expensive one does not delay the next.
    private static let savedBaseSeconds = 60.0
    /// Seconds of CPU that can be saved in any case: enough to look into all programs of a host after its boot.
    private static let minSavings = 2.0
    /// The longest interval, however expensive scans are, so that new processes are found.
    static let maxInterval: Duration = .seconds(60)
    /// The time on the clock for looking into new processes in one scan.
    private static let maxTime: Duration = .seconds(10)
    /// What is saved for a scan with a backlog, so that most of its cost is spent on that: times ``newestBase``.
    private static let backlogFactor = 4.0

    let interval: Duration
    private let cpuBudget: Double
    /// The share of one CPU that every scan takes without looking into processes, and that looks take within their own
    /// share: averaged over a minute.
    private var usedSteadily: Double
    /// What scans and looks take beyond that to find processes: averaged over ten minutes, or over the time since the first
    /// scan while that is shorter. The first scan does not count: it looks into all programs of the host, once.
    private var usedOnFinding = 0.0
    /// Seconds since the first scan.
    private var age = 0.0
    /// Seconds of CPU of looks since the newest scan.
    private var newestLooks = 0.0
    /// The part of ``newestLooks`` that was charged to the savings of scans.
    private var newestSpareLooks = 0.0
    /// Seconds of CPU.
    private var savings: TokenBucket
    /// Of what any scan costs.
    private var baseSavings: TokenBucket
    private var lookSavings: TokenBucket
    /// Whether the newest scan left processes to the next one.
    private var hasBacklog = false
    /// Seconds of CPU that the newest scan took without looking into any process.
    private var newestBase = 0.0

    init(interval: Duration, cpuBudget: Double) {
        let lookShare = cpuBudget * Self.shareOfLooks
        lookSavings = TokenBucket(capacity: lookShare * Self.savedSeconds / 10, rate: lookShare)
        self.interval = interval
        self.cpuBudget = cpuBudget
        usedSteadily = cpuBudget * (Self.shareOfBudget + Self.shareOfLooks)
        let share = cpuBudget * Self.shareOfBudget
        savings = TokenBucket(capacity: max(Self.minSavings, share * Self.savedSeconds), rate: share)
        baseSavings = TokenBucket(capacity: share * Self.savedBaseSeconds, rate: share)
    }

    /// The budget of a scan that begins now.
    ///
    /// - Parameter elapsed: seconds since the previous scan began.
    mutating func budget(elapsed: Double) -> ScanBudget {
        savings.fill(seconds: elapsed * (hasBacklog ? Self.shareOfBacklog / Self.shareOfBudget : 1))
        baseSavings.fill(seconds: elapsed)
        // Where even the longest interval is too short for what a scan costs, half of it goes to the backlog in any case.
        return ScanBudget(cpu: .seconds(max(hasBacklog ? newestBase : 0, savings.level)), time: Self.maxTime)
    }

    /// - Parameters:
    ///   - cpu: seconds of CPU that the scan took.
    ///   - looks: those of them that looked into processes. The rest is the price of any scan.
    ///   - elapsed: seconds since the previous scan began.
    ///   - hasBacklog: whether the scan left processes to the next one.
    /// - Returns: the time until the next scan.
    mutating func spent(_ cpu: Double, looks: Double, elapsed: Double, hasBacklog: Bool) -> Duration {
        savings.take(cpu)
        newestBase = max(0, cpu - looks)
        if elapsed > 0 {
            let (steady, all) = (newestBase + newestLooks - newestSpareLooks, cpu + newestLooks)
            usedSteadily += (1 - exp(-elapsed / Self.savedBaseSeconds)) * (steady / elapsed - usedSteadily)
            age += elapsed
            let weight = max(1 - exp(-elapsed / Self.savedSeconds), elapsed / age)
            usedOnFinding += weight * ((all - steady) / elapsed - usedOnFinding)
        }
        (newestLooks, newestSpareLooks) = (0, 0)
        self.hasBacklog = hasBacklog
        let rate = cpuBudget * (hasBacklog ? Self.shareOfBacklog : Self.shareOfBudget)
        // A debt beyond what the longest interval pays off would delay the scans of a host that has become quiet.
        savings.limitDebt(to: rate * Self.maxInterval.seconds)
        // A backlog has a share of its own.
        if !hasBacklog { baseSavings.take(newestBase) }
        baseSavings.limitDebt(to: baseSavings.rate * Self.maxInterval.seconds)
        let needed = hasBacklog ? Self.backlogFactor * newestBase : 0
        let missing = (needed - savings.level) / rate
        let missingBase = hasBacklog ? 0 : -baseSavings.level / baseSavings.rate
        return max(interval, min(.seconds(max(0, missing, missingBase)), Self.maxInterval))
    }

    /// The share of one CPU that is left for sampling. Scans that spend what they have saved take from it, too.
    var samplingBudget: Double {
        cpuBudget - min(usedSteadily + usedOnFinding, cpuBudget * (Self.shareOfBacklog + Self.shareOfLooks))
    }

    /// What looks may take from the savings of scans, which on most hosts need little of their share.
    private var spareSavings: Double { max(0, savings.level - savings.capacity / 2) }

    /// The budget of a look at new processes that begins now.
    ///
    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func lookBudget(at now: UInt64) -> ScanBudget {
        lookSavings.fill(at: now)
        return ScanBudget(cpu: .seconds(max(0, lookSavings.level + spareSavings)), time: Self.maxLookTime)
    }

    /// Charges a look. What it takes beyond the savings of looks is taken from those of scans.
    ///
    /// - Parameters:
    ///   - cpu: seconds of CPU that the look took.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    /// - Returns: the time until another look is allowed.
    mutating func looked(_ cpu: Double, at now: UInt64) -> Duration {
        newestLooks += cpu
        lookSavings.fill(at: now)
        lookSavings.take(cpu)
        guard lookSavings.level < 0 else { return Self.minPause }
        if spareSavings > 0 {
            savings.take(-lookSavings.level)
            newestSpareLooks = min(newestLooks, newestSpareLooks - lookSavings.level)
            lookSavings.take(lookSavings.level)
            return Self.minPause
        }
        lookSavings.limitDebt(to: lookSavings.rate * Self.maxInterval.seconds)
        return max(Self.minPause, min(.seconds(-lookSavings.level / lookSavings.rate), Self.maxInterval))
    }
}
