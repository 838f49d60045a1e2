import Testing

@testable import Observation

struct OwnerTurnsTests {
    /// The user is the hundreds.
    private func owner(_ item: Int) -> UInt32 { UInt32(item / 100) }

    @Test func `each user's first comes before anybody's second`() {
        var turns = OwnerTurns()
        #expect(turns.ordered([101, 102, 103, 201, 301, 302], by: owner) == [101, 201, 301, 102, 302, 103])
    }

    @Test func `who has cost much comes last, until that is forgotten`() {
        var turns = OwnerTurns()
        turns.charge(500_000_000, to: 101, by: owner)
        #expect(turns.ordered([101, 102, 201, 202], by: owner) == [201, 202, 101, 102])
        for _ in 0..<50 { _ = turns.ordered([101], by: owner) }
        #expect(turns.ordered([101, 102, 201, 202], by: owner) == [101, 201, 102, 202])
    }
}
