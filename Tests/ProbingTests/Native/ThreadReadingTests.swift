import Testing

@testable import Probing

struct ThreadReadingTests {
    @Test func `blocked is what was neither CPU nor run queue`() {
        let before = reading(monotonic: 1000, cpu: 100, runQueue: 50)
        let after = reading(monotonic: 2000, cpu: 300, runQueue: 150)
        #expect(after.runQueue(since: before) == 100)
        #expect(after.blocked(since: before) == 700)
    }

    @Test func `clocks that contradict each other give no time, rather than a huge one`() {
        let before = reading(monotonic: 1000, cpu: 100, runQueue: 50)
        let after = reading(monotonic: 1010, cpu: 120, runQueue: 50)
        #expect(after.blocked(since: before) == 0)
    }

    @Test func `a run queue that is unknown at either moment is unknown between them`() {
        let known = reading(monotonic: 1000, cpu: 100, runQueue: 50)
        let unknown = reading(monotonic: 2000, cpu: 300, runQueue: nil)
        #expect(unknown.runQueue(since: known) == nil)
        #expect(known.runQueue(since: reading(monotonic: 0, cpu: 0, runQueue: nil)) == nil)
        #expect(unknown.blocked(since: known) == 800)
    }

    private func reading(monotonic: UInt64, cpu: UInt64, runQueue: UInt64?) -> ThreadReading {
        var reading = ThreadReading(nil)
        reading.monotonic = monotonic
        reading.cpu = cpu
        reading.runQueue = runQueue
        return reading
    }
}
