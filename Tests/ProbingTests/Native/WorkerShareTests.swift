import Testing

@testable import Probing

struct WorkerShareTests {
    private let record: WorkerShare.Record = {
        var record = WorkerShare.Record()
        record.iterations = 7
        record.arrival = 1000
        record.release = 5000
        record.finish = 105_000
        record.runQueueAtBarrier = 3000
        record.cpu = 80_000
        record.runQueue = 7000
        record.lockWait = 9000
        record.user = 75
        record.system = 25
        record.voluntarySwitches = 3
        record.involuntarySwitches = 4
        return record
    }()

    @Test func `a worker's time runs from the opening of the barrier to its finish`() {
        #expect(record.ledger(start: 4000).wall == 101_000)
    }

    @Test func `the CPU time is from the clock, its split from getrusage`() {
        let worker = record.ledger(start: 4000)
        #expect(worker.user == 60_000)
        #expect(worker.system == 20_000)
    }

    @Test func `CPU time too short for getrusage is user time`() {
        var record = record
        record.user = 0
        record.system = 0
        let worker = record.ledger(start: 4000)
        #expect(worker.user == 80_000)
        #expect(worker.system == 0)
    }

    @Test func `the time of waking up counts as run queue as far as it was seen there`() {
        // Woke up for 4000, of which it was queued 3000 at most.
        #expect(record.ledger(start: 1000).runQueue == 10_000)
        // Woke up for 1000: the rest was before the barrier opened.
        #expect(record.ledger(start: 4000).runQueue == 8000)
    }

    @Test func `the last worker to arrive opens the barrier without waking up`() {
        #expect(record.ledger(start: 5000).runQueue == 7000)
        #expect(record.ledger(start: 6000).runQueue == 7000)
    }

    @Test func `a run queue that the kernel does not count stays unknown`() {
        var record = record
        record.runQueue = nil
        #expect(record.ledger(start: 4000).runQueue == nil)
    }

    @Test func `counts are passed on as they are`() {
        let worker = record.ledger(start: 4000)
        #expect(worker.iterations == 7)
        #expect(worker.lockWait == 9000)
        #expect(worker.voluntarySwitches == 3)
        #expect(worker.involuntarySwitches == 4)
    }
}

struct ThreadReadingTests {
    @Test func `a thread is blocked while it is neither on a CPU nor on a run queue`() {
        let before = reading(monotonic: 1000, cpu: 100, runQueue: 50)
        let after = reading(monotonic: 2000, cpu: 300, runQueue: 150)
        #expect(after.runQueue(since: before) == 100)
        #expect(after.blocked(since: before) == 700)
    }

    @Test func `contradicting clocks give a time of 0, not a huge one`() {
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
