import Testing

@testable import Reports

struct LatencyTableTests {
    @Test func `a number of the axis stands at the bar that begins with it`() {
        let bars = DelayBars([100_000, 1_010_000, 10_100_000]).description
        for (number, place) in [("0.1", 0), ("1 ", 5), ("10", 10)] {
            #expect(bars.dropFirst(place).first == "█")
            #expect(DelayBars.axis.dropFirst(place).hasPrefix(number))
        }
        #expect(bars.count == DelayBars.axis.count)
    }

    @Test(
        arguments: [
            ([], "               "),
            ([0, 99_000, 150_000], "█              "),
            ([5_100_000], "        █      "),
            ([100_000_000, .max], "              █"),
            ([0, 5_100_000, 5_200_000, 5_300_000, 5_400_000], "▂       █      "),
        ] as [([UInt64], String)]
    )
    func `delays are counted in bars that get longer`(delays: [UInt64], bars: String) {
        #expect(DelayBars(delays).description == bars)
    }

    @Test func `a single delay among many is visible`() {
        let delays = Array(repeating: UInt64(0), count: 10_000) + [5_100_000]
        #expect(DelayBars(delays).description == "█       ▁      ")
    }
}
