import Glibc

/// How often all tracked processes are sampled: as configured, unless that costs more CPU than the budget allows.
struct SamplingPace: Sendable {
    /// Samples of each process per second.
    let rate: Double
    /// The share of one CPU that sampling may take.
    let budget: Double

    /// Seconds of CPU that a round through all processes took, smoothed.
    private var cost: Double?

    /// What of an old cost is left after a round: after some 20 rounds it is forgotten.
    private static let memory = 0.9
    private static let longestPause = 10.0

    init(rate: Double, budget: Double) {
        self.rate = rate
        self.budget = budget
    }

    /// What is kept to now.
    var effectiveRate: Double {
        guard let cost, cost > 0 else { return rate }
        return max(min(rate, budget / cost), 1 / Self.longestPause)
    }

    /// - Parameter rounds: how many rounds took so many seconds of CPU together; at least one.
    mutating func spent(_ seconds: Double, on rounds: Int) {
        let newest = seconds / Double(rounds)
        cost = cost.map { newest + pow(Self.memory, Double(rounds)) * ($0 - newest) } ?? newest
    }

    /// Seconds until the next round, at random: what a process does at regular intervals would meet a regular clock
    /// always at the same point. Exponential, so that the past tells nothing of the next moment (a Poisson process).
    ///
    /// - Parameter luck: from 0 to 1.
    func pause(luck: Double) -> Double {
        let mean = 1 / effectiveRate
        // At most 5 times the mean, which is reached once in 150 rounds.
        return min(-log(max(1 - luck, .leastNormalMagnitude)), 5) * mean
    }
}
