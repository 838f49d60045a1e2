import Testing

@testable import Observation

struct SamplingPaceTests {
    @Test func `what is cheap is done as often as configured`() {
        var pace = SamplingPace(rate: 100, budget: 0.01)
        #expect(pace.effectiveRate == 100)
        for _ in 0..<100 { pace.spent(0.000_01, on: 1) }
        #expect(pace.effectiveRate == 100)
    }

    @Test func `what is dear is done less often, to keep the budget`() {
        var pace = SamplingPace(rate: 100, budget: 0.01)
        for _ in 0..<100 { pace.spent(0.002, on: 1) }
        #expect(abs(pace.effectiveRate - 5) < 0.01)
        for _ in 0..<200 { pace.spent(0.000_01, on: 1) }
        #expect(pace.effectiveRate == 100)
    }

    @Test func `rounds that are told of together weigh as much as one by one`() {
        var together = SamplingPace(rate: 100, budget: 0.01)
        var oneByOne = together
        for _ in 0..<5 {
            together.spent(0.002, on: 1)
            oneByOne.spent(0.002, on: 1)
        }
        together.spent(0.008, on: 8)
        for _ in 0..<8 { oneByOne.spent(0.001, on: 1) }
        #expect(abs(together.effectiveRate - oneByOne.effectiveRate) < 1e-9)
        #expect(together.effectiveRate < 10)
    }

    @Test func `pauses are random with the right mean, and none is endless`() {
        let pace = SamplingPace(rate: 100, budget: 0.01)
        let count = 10_000
        let pauses = (0..<count).map { pace.pause(luck: (Double($0) + 0.5) / Double(count)) }
        #expect(abs(pauses.reduce(0, +) / Double(count) - 0.01) < 0.0002)
        #expect(pace.pause(luck: 0) == 0)
        #expect(pace.pause(luck: 1) == 0.05)
    }
}
