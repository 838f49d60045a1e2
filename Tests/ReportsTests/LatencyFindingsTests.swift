import Testing

@testable import Probing
@testable import Reports

struct LatencyFindingsTests {
    private func sentences(
        _ delays: [WakeUpLock: [UInt64]],
        workers: Int = 2,
        switchInterval: UInt64? = 5_000_000,
        runQueue: UInt64? = 0
    ) throws -> [String] {
        let latency = try #require(Rounds.latency(delays, runQueue: runQueue))
        return LatencyFindings(latency: latency, workers: workers, switchInterval: switchInterval).sentences
    }

    @Test func `a worker waits for a switch interval, and without the lock for nothing`() throws {
        #expect(
            try sentences([.shared: [5_100_000], .own: [30_000], .none: [0]]) == [
                "Beside one that counts down, a worker that wakes up waits 5.1 ms for the lock in the median: the switch "
                    + "interval of 5.0 ms.",
                "It is late by 0.03 ms with a lock of its own and <0.01 ms without a lock.",
                "Alone it is 0.06 ms late, which has been taken off.",
            ]
        )
    }

    @Test(
        arguments: [
            (
                10_400_000, 5_000_000,
                "10 ms for the lock in the median, which is 2.1 times the switch interval of 5.0 ms."
            ),
            (
                1_000_000, 5_000_000,
                "1.0 ms for the lock in the median, which is less than the switch interval of 5.0 ms."
            ),
            (1_040_000, 1_000_000, "1.0 ms for the lock in the median: the switch interval of 1.0 ms."),
            (5_100_000, nil, "5.1 ms for the lock in the median."),
        ] as [(UInt64, UInt64?, String)]
    )
    func `the switch interval is named where it is known`(delay: UInt64, interval: UInt64?, end: String) throws {
        let first = try sentences([.shared: [delay]], switchInterval: interval).first
        #expect(first == "Beside one that counts down, a worker that wakes up waits \(end)")
    }

    @Test func `an interpreter without a lock has only its delay`() throws {
        #expect(
            try sentences([.none: [20_000]], workers: 4, switchInterval: nil).first
                == "Beside 3 that count down, a worker that wakes up is late by 0.02 ms without a lock in the median."
        )
    }

    @Test func `a machine that makes a worker late is not confused with a lock`() throws {
        let slow = try sentences([.shared: [9_000_000], .none: [4_000_000]])
        #expect(slow.contains("The machine makes it late then, not a lock."))
        let crowded = try sentences([.shared: [9_000_000], .none: [4_000_000]], runQueue: 3_000_000)
        #expect(crowded.contains("It waits for a CPU then, not for a lock."))
    }
}
