import Testing

@testable import Observation

struct EndedWaitsTests {
    /// What happens between two samples, again and again: timed waits that end, switches, forced hand-offs, and waiting time in
    /// switch intervals.
    struct Load: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var timedWaits: Int
        var switches: UInt64
        var handoffs: UInt64 = 0
        var waiting = 1
        var waited: Double
        /// Waits that end, in truth.
        var truth: Double
        /// The error of the estimate.
        var factor = 1.0
    }

    private static let loads = [
        Load("three threads ask again and again", 6, 0, waiting: 3, waited: 6, truth: 0),
        Load("threads take a free lock", 0, 500, waiting: 0, waited: 0, truth: 0),
        Load("threads take a free lock, and once there is a wait", 1, 500, waiting: 0, waited: 0.1, truth: 1),
        Load("two threads compute in turn", 4, 2, 2, waited: 2, truth: 2),
        Load("two threads compute in turn, and no hand-off is counted", 4, 2, 0, waited: 2, truth: 2),
        Load("three threads compute in turn", 6, 2, 1, waiting: 2, waited: 4, truth: 2),
        Load("a thread visits one that computes", 2, 2, 1, waiting: 0, waited: 1.1, truth: 1),
        Load("a thread visits, and no hand-off is counted", 2, 2, 0, waiting: 0, waited: 1.1, truth: 1, factor: 1.5),
        Load("holders drop their lock soon, unasked", 10, 10, waiting: 0, waited: 0.5, truth: 10, factor: 0.97),
        Load("the same, after most of a switch interval", 2, 2, waiting: 0, waited: 1.8, truth: 2, factor: 0.75),
    ]

    @Test(arguments: loads)
    func `the error of the estimate is known for each load`(_ load: Load) {
        var waits = EndedWaits()
        var total: UInt64 = 0
        let count = 1000
        for _ in 0..<count {
            total += waits.add(
                timedWaits: load.timedWaits,
                switches: load.switches,
                handoffs: load.handoffs,
                waiting: load.waiting,
                waited: load.waited
            )
        }
        let expected = load.truth * load.factor
        #expect(abs(Double(total) / Double(count) - expected) <= 0.01 * expected, "\(total)")
    }

    @Test func `a request may be older than the sample before its hand-off`() {
        var waits = EndedWaits()
        #expect(waits.add(timedWaits: 1, switches: 0, handoffs: 0, waiting: 1, waited: 1) == 0)
        #expect(waits.add(timedWaits: 1, switches: 1, handoffs: 1, waiting: 0, waited: 0) == 1)
    }

    @Test func `numbers of a lock that is written meanwhile do not trap`() {
        var waits = EndedWaits()
        _ = waits.add(timedWaits: .max / 4, switches: .max, handoffs: .max, waiting: .max / 4, waited: .infinity)
        _ = waits.add(timedWaits: 0, switches: 0, handoffs: 0, waiting: 0, waited: 0)
        #expect(waits.add(timedWaits: 1, switches: 1, handoffs: 0, waiting: 0, waited: 0) <= 1)
    }
}

extension EndedWaitsTests.Load {
    fileprivate init(
        _ name: String,
        _ timedWaits: Int,
        _ switches: UInt64,
        _ handoffs: UInt64 = 0,
        waiting: Int = 1,
        waited: Double,
        truth: Double,
        factor: Double = 1
    ) {
        self.init(
            testDescription: name,
            timedWaits: timedWaits,
            switches: switches,
            handoffs: handoffs,
            waiting: waiting,
            waited: waited,
            truth: truth,
            factor: factor
        )
    }
}
