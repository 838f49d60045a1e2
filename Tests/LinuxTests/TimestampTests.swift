import Testing

@testable import Linux

struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_460_400_123, "2026-11-23T19:00:00.123Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1000, "1969-12-31T23:59:59.000Z"),
        ] as [(Int64, String)]
    )
    func `time is UTC, to the millisecond`(milliseconds: Int64, text: String) {
        #expect(Timestamp.rfc3339(milliseconds: milliseconds) == text)
    }
}
