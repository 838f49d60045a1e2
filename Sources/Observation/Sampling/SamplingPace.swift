import Glibc

/// How often all tracked processes are sampled: as configured, unless that costs more CPU than the budget allows.
struct SamplingPace: Sendable {
    /// Samples of each process per second.
    let rate: Double
    /// The share of one CPU that sampling may take.
    let budget: Double

    /// How many are sampled in a round.
    var processes = 0
    /// What looking for locks takes of the budget, as a share of one CPU, averaged over ``longMemory``.
    private var searching = 0.0
    /// Seconds of CPU for each process of a round, averaged over the last ``memory``. Not for the round: when others are
    /// tracked, what is known of the old ones tells what the new ones will cost.
    private var cost: Double?

    /// Seconds. Longer than the second after which a round also makes sure that the processes are still the same ones:
    /// that is dear, and neither the usual nor to be forgotten.
    private static let memory = 2.0
    private static let longMemory = 20.0
    private static let longestPause = 10.0

    init(rate: Double, budget: Double) {
        self.rate = rate
        self.budget = budget
    }

    /// What is kept to now.
    var effectiveRate: Double {
        guard let cost, cost > 0, processes > 0 else { return rate }
        // Searches have half of it at most (SearchBudget), but for what was saved up.
        let left = budget - min(searching, budget / 2)
        return max(min(rate, left / (cost * Double(processes))), 1 / Self.longestPause)
    }

    /// The longest time from one round to the next that the pace explains, with a second for a host that is busy.
    var longestGap: Double { Self.mostMeans / effectiveRate + 1 }

    /// - Parameters:
    ///   - seconds: CPU that the rounds took together.
    ///   - rounds: through all ``processes``.
    ///   - elapsed: seconds that they and the pauses between them took.
    ///   - searching: CPU that searches took beside.
    mutating func spent(_ seconds: Double, on rounds: Int, in elapsed: Double, searching search: Double = 0) {
        if elapsed > 0 { searching += (1 - exp(-elapsed / Self.longMemory)) * (search / elapsed - searching) }
        guard rounds > 0, processes > 0 else { return }
        let newest = seconds / Double(rounds) / Double(processes)
        cost = cost.map { newest + exp(-elapsed / Self.memory) * ($0 - newest) } ?? newest
    }

    /// Seconds until the next round, at random: what a process does at regular intervals would meet a regular clock
    /// always at the same point. Exponential, so that the past tells nothing of the next moment (a Poisson process).
    ///
    /// - Parameter luck: from 0 to 1.
    func pause(luck: Double) -> Double {
        let mean = 1 / effectiveRate
        // At most 5 times the mean, which is reached once in 150 rounds.
        return min(-log(max(1 - luck, .leastNormalMagnitude)), Self.mostMeans) * mean
    }

    private static let mostMeans = 5.0
}
