import TestSupport
import Testing

@testable import Web

struct EventLoopPrecedenceTests {
    @Test(arguments: [300_000.0, 450_000, 1_200_000])
    func `half of the wake-ups are expected to be over within the slice`(longest: Double) {
        var work = ExpectedWork(usualSlice: 2_800_000)
        var generator = SeededGenerator(seed: 3)
        var within = 0
        for round in 0..<3000 {
            let used = UInt64(Double.random(in: longest / 2...longest, using: &generator))
            if round >= 1000, used <= work.nanoseconds { within += 1 }
            work.note(used)
        }
        #expect((900...1100).contains(within))
    }

    @Test func `timers and health checks do not make the slice shorter`() {
        var work = ExpectedWork(usualSlice: 2_800_000)
        for _ in 0..<1000 { work.note(400_000) }
        let before = work.nanoseconds
        for _ in 0..<1000 { work.note(120_000) }
        #expect(work.nanoseconds == before)
    }

    @Test(arguments: [(160_000, 200_000), (50_000_000, 2_100_000)] as [(UInt64, UInt64)])
    func `the slice has bounds, and follows soon when the work changes`(used: UInt64, expected: UInt64) {
        var work = ExpectedWork(usualSlice: 2_800_000)
        for _ in 0..<1000 { work.note(used) }
        #expect(work.nanoseconds == expected)
        for _ in 0..<200 { work.note(400_000) }
        #expect(!work.isFar(from: 400_000))
    }

    @Test func `the slice is shorter than others' where these are shortest`() {
        var work = ExpectedWork(usualSlice: 700_000)
        for _ in 0..<1000 { work.note(50_000_000) }
        #expect(work.nanoseconds == 525_000)
    }

    @Test func `a difference that does not matter takes no system call`() {
        let work = ExpectedWork(usualSlice: 2_800_000)
        #expect(!work.isFar(from: work.nanoseconds) && !work.isFar(from: work.nanoseconds + 40_000))
        #expect(work.isFar(from: work.nanoseconds * 2) && work.isFar(from: work.nanoseconds / 2))
    }
}
