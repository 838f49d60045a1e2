import Glibc

/// The rate at which all tracked processes are sampled: as configured, unless that exceeds the CPU budget.
struct SamplingPace: Sendable {
    /// Samples of each process per second.
    let rate: Double
    /// The share of one CPU that sampling may take.
    var budget: Double

    /// Processes sampled in a pass.
    var processes = 0
    /// Readings of those that rest in the time of ``restLength``.
    var restingReadings = 0
    /// The share of one CPU that processes take once: searches for their locks, and first samples. Averaged over
    /// ``longMemory``.
    private var once = 0.0
    /// Seconds of CPU for each process of a pass, averaged over the last ``memory``. It is not for the whole pass, so that
    /// the cost of the old processes predicts the cost of new ones.
    private var cost: Double?
    /// Seconds of CPU for each look at a process, averaged over ``longMemory``.
    private var lookCost = 0.0

    /// Seconds. Once a second a pass also verifies the identity of the processes. That is expensive: it must neither
    /// dominate the average nor be forgotten.
    private static let memory = 2.0
    private static let longMemory = 20.0
    private static let maxPause = 10.0
    /// The shortest and the longest pause, as shares of the mean.
    private static let minShare = 0.5
    private static let maxShare = 1.5
    /// The factor by which the unequal pauses, for which the samples count, increase the variance: the mean of their squares
    /// over the square of their mean.
    static let varianceOfWeights = 13.0 / 12
    /// Mean pauses after which a sample counts for no time. A process that is not sampled in every pass has longer pauses.
    private static let maxMeans = 5.0
    /// One for the reading, and one at the end of the rest.
    private static let looksPerRest = 2.0
    /// The share of the budget of samples that readings of resting processes may take.
    private static let shareOfRests = 0.6
    /// Seconds.
    private static let maxRest = 80.0

    init(rate: Double, budget: Double) {
        self.rate = rate
        self.budget = budget
    }

    /// The rate that the budget allows now.
    var effectiveRate: Double {
        guard let cost, cost > 0, processes > 0 else { return rate }
        return max(min(rate, budgetOfSamples / (cost * Double(processes))), 1 / Self.maxPause)
    }

    /// Searches have at most half of the budget (SearchLimiter), except for their savings. However many processes come and
    /// go, the other half is for samples.
    private var budgetOfSamples: Double { budget - min(once, budget / 2) }

    /// The longest stretch at rest in seconds, so that readings of resting processes fit in the budget however many rest.
    var restLength: Double {
        let least = Double(SamplingRhythm.stretch) / 1e9
        let cost = Self.looksPerRest * Double(restingReadings) * lookCost
        return min(max(least, cost / (budgetOfSamples * Self.shareOfRests)), Self.maxRest)
    }

    /// The longest time between two passes that the pace explains, with a second for a busy host.
    var maxGap: Double { Self.maxMeans / effectiveRate + 1 }

    /// - Parameters:
    ///   - seconds: CPU that the passes took together.
    ///   - passes: passes through all ``processes``.
    ///   - looks: looks at processes in these passes. One that rests is not looked at in each.
    ///   - elapsed: seconds of the passes and the pauses between them.
    ///   - usedOnce: CPU that processes took once, in addition.
    mutating func spent(
        _ seconds: Double,
        on passes: Int,
        of looks: Int = 0,
        in elapsed: Double,
        once usedOnce: Double = 0
    ) {
        if elapsed > 0 { once += (1 - exp(-elapsed / Self.longMemory)) * (usedOnce / elapsed - once) }
        if looks > 0 {
            lookCost += (1 - exp(-elapsed / Self.longMemory)) * (seconds / Double(looks) - lookCost)
        }
        guard passes > 0, processes > 0 else { return }
        let newest = seconds / Double(passes) / Double(processes)
        cost = cost.map { newest + exp(-elapsed / Self.memory) * ($0 - newest) } ?? newest
    }

    /// Seconds until the next pass, at random: regular samples would always meet a regular activity at the same point.
    ///
    /// The pauses are distributed evenly over an interval as long as their mean. So after one pause every phase of an
    /// activity that repeats once per mean pause, or twice, or three times, is equally likely, whatever the phase of the
    /// previous pass, and after a few pauses every phase of any other. Each sample counts for the pause before it, so the
    /// more the pauses differ, the less the samples are worth: the variance of an estimate is ``varianceOfWeights`` times
    /// that with equal weights. With the exponential pauses of a Poisson process it would be twice that.
    ///
    /// - Parameter luck: from 0 to 1.
    func pause(luck: Double) -> Double { (Self.minShare + (Self.maxShare - Self.minShare) * luck) / effectiveRate }
}

/// Samples expensive processes in fewer passes than others while the CPU budget does not suffice for all.
///
/// Otherwise one process of hundreds of interpreters, each with a lock in a page of its own, would make a hundred ordinary
/// processes be sampled less often. The limit for one process falls as far as necessary, but never below the cost of an
/// ordinary process.
struct SamplingThinning: Sendable {
    /// Ranges of memory that a pass reads of one process, on average.
    private var maxCost = Self.unlimited

    /// The cost of an ordinary process.
    private static let ordinary = 2.0
    /// IOV_MAX: the maximum for every process.
    private static let unlimited = 1024.0

    /// The share of the passes in which a process is sampled.
    ///
    /// - Parameter cost: ranges of memory that a sample reads.
    func share(of cost: Int) -> Double { min(1, maxCost / Double(max(1, cost))) }

    /// To be called some twenty times a second, or after every pass if passes take longer. The limit falls within seconds,
    /// however few passes there are, and rises in half a minute.
    ///
    /// - Parameter fulfilled: the effective rate as a share of the configured one.
    mutating func adapt(fulfilled: Double) {
        maxCost =
            fulfilled < 1
            ? max(Self.ordinary, maxCost * min(0.9, max(0.1, fulfilled))) : min(Self.unlimited, maxCost * 1.01)
    }
}
