import Testing

@testable import Web

struct ConnectionSurgeTests {
    /// The numbers of connections at which a surge ended.
    private func ends(_ counts: [Int]) -> [Int] {
        var surge = ConnectionSurge(most: 512)
        return counts.filter { surge.ends(at: $0) }
    }

    @Test func `a surge ends once, when almost all have gone`() {
        #expect(ends(Array(0...64) + (0...63).reversed()) == [16])
    }

    @Test func `a few that come and go are none`() {
        #expect(ends(Array(0...63) + (0...62).reversed()).isEmpty)
    }
}
