import Testing

@testable import Observation

struct SamplingPaceTests {
    @Test func `readings of resting processes fit in the budget, however many rest`() {
        var pace = SamplingPace(rate: 100, budget: 0.0065)
        #expect(pace.restLength == 4.5)
        (pace.processes, pace.restingReadings) = (100_000, 100)
        // Each look takes 20 µs, and a rest is looked at for its reading and at its end.
        for _ in 0..<100 { pace.spent(0.02, on: 20, of: 1000, in: 1) }
        #expect(pace.restLength == 4.5)
        pace.restingReadings = 5000
        #expect(abs(5000 / pace.restLength * 2 * 20e-6 / 0.0065 - 0.6) < 0.05)
        pace.restingReadings = 100_000
        #expect(pace.restLength == 80)
    }

    @Test(arguments: [500, 2000, 5000])
    func `searches and readings of resting processes leave some of the budget to those that work`(resting: Int) {
        /// The rate at which 100 processes that work are sampled when searches take this share of the budget.
        func rate(searches: Double) -> Double {
            let (budget, look) = (0.0065, 8e-6)
            var pace = SamplingPace(rate: 100, budget: budget)
            (pace.processes, pace.restingReadings) = (100 + resting, resting)
            for _ in 0..<20_000 {
                let gap = 1 / pace.effectiveRate
                // Stretches at rest are a tenth shorter on average, and looked at twice.
                let looks = 100 + 2 * Double(resting) * gap / (0.9 * pace.restLength)
                pace.spent(looks * look, on: 1, of: Int(looks), in: gap, once: searches * budget * gap)
            }
            return pace.effectiveRate
        }
        let usual = rate(searches: 0)
        #expect(usual > 2)
        for share in [0.2, 0.35, 0.5] { #expect(rate(searches: share) > 0.25 * usual, "\(share)") }
    }

    @Test func `cheap passes come as often as configured`() {
        var pace = Self.pace(processes: 1)
        #expect(pace.effectiveRate == 100)
        for _ in 0..<100 { pace.spent(0.000_01, on: 1, in: 0.01) }
        #expect(pace.effectiveRate == 100)
    }

    @Test func `expensive passes come less often, to keep the budget`() {
        var pace = Self.pace(processes: 100)
        for _ in 0..<100 { pace.spent(0.002, on: 1, in: 0.1) }
        #expect(abs(pace.effectiveRate - 5) < 0.01)
        for _ in 0..<200 { pace.spent(0.000_01, on: 1, in: 0.1) }
        #expect(pace.effectiveRate == 100)
    }

    @Test func `passes reported together count as much as one by one`() {
        var together = Self.pace(processes: 10)
        var oneByOne = together
        for _ in 0..<5 {
            together.spent(0.002, on: 1, in: 0.1)
            oneByOne.spent(0.002, on: 1, in: 0.1)
        }
        together.spent(0.008, on: 8, in: 0.8)
        for _ in 0..<8 { oneByOne.spent(0.001, on: 1, in: 0.1) }
        #expect(abs(together.effectiveRate - oneByOne.effectiveRate) < 1e-9)
        #expect(together.effectiveRate < 10)
    }

    @Test func `one expensive pass a second moves the rate by little more than its share`() {
        var pace = Self.pace(processes: 100)
        var rates: [Double] = []
        for pass in 0..<2000 {
            pace.spent(pass.isMultiple(of: 100) ? 0.0015 : 0.0005, on: 1, in: 0.01)
            if pass >= 1500 { rates.append(pace.effectiveRate) }
        }
        // 0.01 / 0.000_51 on average.
        #expect(rates.allSatisfy { (19.4...19.8).contains($0) })
    }

    @Test func `many new processes lower the rate at once`() {
        var pace = Self.pace(processes: 10)
        for _ in 0..<100 { pace.spent(0.000_1, on: 1, in: 0.01) }
        #expect(pace.effectiveRate == 100)
        pace.processes = 1000
        #expect(abs(pace.effectiveRate - 1) < 1e-9)
        pace.processes = 0
        pace.spent(0, on: 0, in: 0)
        #expect(pace.effectiveRate == 100)
    }

    @Test func `searches reduce the rate by at most half`() {
        var pace = Self.pace(processes: 100)
        for _ in 0..<10_000 { pace.spent(0.0005, on: 1, in: 0.05, once: 0.000_1) }
        #expect(abs(pace.effectiveRate - 16) < 0.01)
        for _ in 0..<10_000 { pace.spent(0.0005, on: 1, in: 0.05, once: 0.05) }
        #expect(abs(pace.effectiveRate - 10) < 0.01)
        for _ in 0..<10_000 { pace.spent(0.0005, on: 1, in: 0.05) }
        #expect(abs(pace.effectiveRate - 20) < 0.01)
    }

    @Test func `no pause counts as a gap, however rare samples are`() {
        var pace = Self.pace(processes: 1)
        for cost in [0, 0.000_1, 0.01, 1] {
            for _ in 0..<1000 { pace.spent(cost, on: 1, in: 1) }
            #expect(pace.maxGap >= pace.pause(luck: 1) + 1)
        }
    }

    private static func pace(processes: Int) -> SamplingPace {
        var pace = SamplingPace(rate: 100, budget: 0.01)
        pace.processes = processes
        return pace
    }

    @Test func `pauses are random with the right mean and limits`() {
        let pace = SamplingPace(rate: 100, budget: 0.01)
        let count = 10_000
        let pauses = (0..<count).map { pace.pause(luck: (Double($0) + 0.5) / Double(count)) }
        #expect(abs(pauses.reduce(0, +) / Double(count) - 0.01) < 0.0002)
        #expect(abs(pace.pause(luck: 0) - 0.005) < 1e-9)
        #expect(abs(pace.pause(luck: 1) - 0.015) < 1e-9)
    }

    @Test func `while the budget is short, a process costs little more than an ordinary one`() {
        var thinning = SamplingThinning()
        #expect(thinning.share(of: 768) == 1)
        for _ in 0..<100 { thinning.adapt(fulfilled: 0.9) }
        #expect(thinning.share(of: 768) * 768 == 2)
        #expect(thinning.share(of: 1) == 1)
        for _ in 0..<1000 { thinning.adapt(fulfilled: 1) }
        #expect(thinning.share(of: 768) == 1)
    }

    @Test func `where the budget is far too short, a few passes suffice`() {
        var thinning = SamplingThinning()
        for _ in 0..<3 { thinning.adapt(fulfilled: 0.003) }
        #expect(thinning.share(of: 256) * 256 == 2)
        for _ in 0..<1000 { thinning.adapt(fulfilled: 1) }
        #expect(thinning.share(of: 768) == 1)
    }
}
