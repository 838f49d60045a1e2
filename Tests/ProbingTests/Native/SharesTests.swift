import Testing

@testable import Probing

struct SharesTests {
    @Test(
        arguments: [
            (iterations: 10, shares: [10]),
            (iterations: 10, shares: [5, 5]),
            (iterations: 11, shares: [4, 4, 3]),
            (iterations: 10, shares: [4, 3, 3]),
            (iterations: 2, shares: [1, 1, 0]),
            (iterations: 0, shares: [0, 0]),
        ] as [(iterations: UInt64, shares: [UInt64])]
    )
    func `the countdown is split evenly, and the first take what is left over`(iterations: UInt64, shares: [UInt64]) {
        let split = Shares(iterations: iterations, workers: shares.count)
        #expect(shares.indices.map { split[$0] } == shares)
    }
}
