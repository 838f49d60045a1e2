import Linux

/// How often processes are looked for: as configured, unless that costs more than its share of the CPU budget.
///
/// What is not spent is saved up, because the first scan reads the file of every program, and later ones next to nothing.
struct ScanPace: Sendable {
    /// What scans may use of the budget; sampling has the rest.
    static let shareOfBudget = 0.25
    /// Seconds of a share that can be saved.
    private static let longestSaving = 600.0
    /// Seconds of CPU that can be saved in any case: to look into all programs of a host that was just booted.
    private static let leastSaving = 2.0
    /// However dear scans are, new processes are not missed for longer.
    static let longestStretch: Duration = .seconds(60)
    /// Looking into new processes takes no longer at a time: a slow disk takes time and no CPU.
    private static let longestLook: Duration = .seconds(10)

    let interval: Duration
    private let share: Double
    private let mostSaved: Double
    private var saved: Double

    init(interval: Duration, cpuBudget: Double) {
        self.interval = interval
        share = cpuBudget * Self.shareOfBudget
        mostSaved = max(Self.leastSaving, share * Self.longestSaving)
        saved = mostSaved
    }

    /// What the next scan may spend on looking into processes.
    var allowance: ScanAllowance { ScanAllowance(cpu: .seconds(max(0, saved)), time: Self.longestLook) }

    /// - Parameters:
    ///   - cpu: seconds that the scan took.
    ///   - elapsed: seconds since the scan before began.
    /// - Returns: how long to wait for the next one.
    mutating func spent(_ cpu: Double, elapsed: Double) -> Duration {
        saved = min(mostSaved, saved + elapsed * share) - cpu
        guard saved < 0 else { return interval }
        return max(interval, min(.seconds(-saved / share), Self.longestStretch))
    }
}
