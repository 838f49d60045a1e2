import Testing

@testable import Observation

struct RecentUseTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `one sample of a long rest does not decide about the half minute`() {
        var use = RecentUse()
        for _ in 0..<60 { use.add(Self.second, isHeld: false, waiting: 0) }
        use.add(80 * Self.second, isHeld: true, waiting: 2)
        #expect((0.1...0.17).contains(use.held))
        #expect((0.2...0.34).contains(use.waiting))
    }

    @Test func `a lock that is always held is used fully, however long its samples are`() {
        var use = RecentUse()
        for _ in 0..<7 { use.add(80 * Self.second, isHeld: true, waiting: 1) }
        #expect(use.held == 1 && use.waiting == 1 && use.activity == 1)
    }
}
