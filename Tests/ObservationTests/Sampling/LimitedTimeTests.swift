import Testing

@testable import Observation

struct LimitedTimeTests {
    @Test func `a part that is known later never grows faster than the whole`() {
        var part = LimitedTime()
        // The part is compared once in four readings of the whole.
        let readings: [(part: Int, whole: Int, expected: Int)] = [
            (0, 1, 0), (0, 2, 0), (0, 3, 0), (4, 4, 1), (4, 5, 2), (4, 6, 3), (4, 6, 3), (4, 9, 4), (4, 12, 4),
            (9, 13, 5),
        ]
        for (index, reading) in readings.enumerated() {
            part.add(.seconds(reading.part), within: .seconds(reading.whole))
            #expect(part.total == .seconds(reading.expected), "reading \(index)")
        }
    }
}
