import Testing

@testable import Observation

struct GroupHistoryTests {
    private let history = GroupHistory()

    private static func totals(_ time: Double, held: Double = 0.5, wait: Double? = 1) -> GroupHistory.Totals {
        GroupHistory.Totals(
            observed: time,
            active: time,
            held: time * held,
            wait: wait.map { time * $0 },
            stalledWait: wait.map { time * $0 / 4 },
            cpu: time * held,
            runQueue: nil,
            switches: time * 10
        )
    }

    private func record(_ second: Double, _ totals: [String: GroupHistory.Totals]) {
        history.record(totals, at: UInt64(second * 1e9))
    }

    @Test func `nothing is known before the second scan`() throws {
        record(0, ["shop": Self.totals(0)])
        #expect(history["shop"] == GroupHistory.Record(lastMinute: nil, slots: []))
        #expect(history["nothing"].lastMinute == nil)
        record(5, ["shop": Self.totals(5)])
        let usage = try #require(history["shop"].lastMinute)
        #expect(usage.seconds == 5)
        #expect((usage.heldRatio, usage.waitRatio, usage.demandRatio) == (0.5, 1, 1.5))
        #expect(usage.stalledWaitRatio == 0.25)
        #expect((usage.cpuRatio, usage.runQueueRatio, usage.switchesPerSecond) == (0.5, nil, 10))
        #expect(usage.heldRatioPerProcess == 0.5)
    }

    @Test func `scans are joined to slots, of which the last minute and the last ten minutes are kept`() throws {
        for scan in 0...200 { record(Double(scan) * 5, ["shop": Self.totals(Double(scan) * 5)]) }
        let known = history["shop"]
        #expect(known.slots.count == 60)
        #expect(known.slots.allSatisfy { $0.seconds == 10 })
        #expect(try #require(known.lastMinute).seconds == 60)
    }

    @Test func `the last minute forgets what was before`() throws {
        for second in stride(from: 0.0, through: 100, by: 5) { record(second, ["shop": Self.totals(second, held: 1)]) }
        let idle = { (second: Double) in
            var totals = Self.totals(second, held: 0)
            totals.held = 100
            return totals
        }
        for second in stride(from: 105.0, through: 130, by: 5) { record(second, ["shop": idle(second)]) }
        #expect(try #require(history["shop"].lastMinute).heldRatio == 0.5)
        for second in stride(from: 135.0, through: 170, by: 5) { record(second, ["shop": idle(second)]) }
        #expect(try #require(history["shop"].lastMinute).heldRatio == 0)
    }

    @Test func `what is hidden stays unknown, and a counter that is not made yet does not go back`() throws {
        record(0, ["shop": Self.totals(100, wait: nil)])
        record(10, ["shop": Self.totals(110, wait: nil)])
        #expect(try #require(history["shop"].lastMinute).demandRatio == nil)
        #expect(try #require(history["shop"].lastMinute).stalledWaitRatio == nil)
        record(20, ["shop": GroupHistory.Totals()])
        record(30, ["shop": Self.totals(120)])
        let usage = try #require(history["shop"].lastMinute)
        #expect(usage.observed == 20)
        #expect(usage.held == 10)
        // Below the known total, a counter began again: it is not subtracted.
        record(40, ["shop": Self.totals(3)])
        #expect(try #require(history["shop"].lastMinute).held == 10)
    }

    @Test func `a group that is gone is forgotten`() {
        for second in [0.0, 10] { record(second, ["shop": Self.totals(second), "web": Self.totals(second)]) }
        record(20, ["web": Self.totals(20)])
        #expect(history["shop"].slots.isEmpty)
        #expect(history["web"].slots.count == 2)
    }

    @Test func `of hundreds of groups only the last minute is kept`() {
        let names = (0...GroupHistory.maxGroups).map { "group-\($0)" }
        for second in stride(from: 0.0, through: 200, by: 10) {
            record(second, Dictionary(uniqueKeysWithValues: names.map { ($0, Self.totals(second)) }))
        }
        #expect(history["group-3"].slots.count == 7)
        #expect(history["group-3"].lastMinute?.seconds == 60)
    }
}
