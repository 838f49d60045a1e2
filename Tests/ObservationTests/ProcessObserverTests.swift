import Testing

@testable import Observation

struct ProcessObserverTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `two minutes without a scan are too long, also at the start`() {
        var heartbeat = ScanHeartbeat(interval: .seconds(5), now: 0)
        #expect(heartbeat.overdue(now: 120 * Self.second) == nil)
        #expect(heartbeat.overdue(now: 121 * Self.second) == .seconds(121))
        heartbeat.beat(now: 121 * Self.second)
        #expect(heartbeat.overdue(now: 240 * Self.second) == nil)
    }

    @Test func `a longer interval allows longer silence`() {
        let heartbeat = ScanHeartbeat(interval: .seconds(3600), now: 0)
        #expect(heartbeat.overdue(now: 3650 * Self.second) == nil)
        #expect(heartbeat.overdue(now: 3661 * Self.second) != nil)
    }
}
