import Testing

@testable import Probing

struct LatencyTests {
    private let latency = Latency(Samples.latency.latencyPhases ?? [])

    @Test func `the median delay of a worker that is alone is taken off`() throws {
        let latency = try #require(latency)
        #expect(latency.alone == 75_000)
        #expect(latency.distributions.map(\.lock) == [.shared, .none])
        #expect(latency.distributions[0].delays == [5_000_000, 5_100_000, 9_000_000])
    }

    @Test func `a delay shorter than that is 0`() {
        #expect(latency?.distributions[1].delays == [0, 5_000])
    }

    @Test func `time on run queues stays unknown`() {
        #expect(latency?.distributions.map(\.runQueue) == [4_000_000, nil])
    }

    @Test func `without a phase alone there is nothing to take off, and so no result`() {
        #expect(Latency([]) == nil)
        #expect(Latency(Array(Samples.latency.latencyPhases?.dropFirst() ?? [])) == nil)
    }

    @Test func `quantiles are values that were measured, by nearest rank`() {
        let hundred = Latency.Distribution(lock: .shared, delays: Array((1...100).reversed()))
        #expect([hundred.median, hundred.p99, hundred.max] == [50, 99, 100])
        let three = Latency.Distribution(lock: .shared, delays: [30, 10, 20])
        #expect([three.median, three.p99, three.max] == [20, 30, 30])
        let one = Latency.Distribution(lock: .shared, delays: [7])
        #expect([one.median, one.p99, one.max] == [7, 7, 7])
    }

    @Test func `the history keeps the figures, and not each delay`() throws {
        let condensed = try #require(latency).condensed
        #expect(condensed.distributions.allSatisfy { $0.delays.isEmpty })
        #expect(condensed.distributions[0].count == 3)
        #expect(condensed.distributions[0].max == 9_000_000)
    }
}
