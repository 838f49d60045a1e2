import Testing

@testable import Observation

struct SamplingPaceTests {
    @Test func `what is cheap is done as often as configured`() {
        var pace = SamplingPace(rate: 100, budget: 0.01)
        #expect(pace.effectiveRate == 100)
        for _ in 0..<100 { pace.spent(0.000_01) }
        #expect(pace.effectiveRate == 100)
    }

    @Test func `what is dear is done less often, to keep the budget`() {
        var pace = SamplingPace(rate: 100, budget: 0.01)
        for _ in 0..<100 { pace.spent(0.002) }
        #expect(abs(pace.effectiveRate - 5) < 0.01)
        for _ in 0..<200 { pace.spent(0.000_01) }
        #expect(pace.effectiveRate == 100)
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
