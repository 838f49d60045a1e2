import Testing

@testable import Web

@Suite("A number on a page")
struct DecimalTextTests {
    @Test(
        "is rounded, and has all of its places",
        arguments: [
            (0, 2, "0.00"), (0.487, 2, "0.49"), (1.995, 2, "2.00"), (12.04, 1, "12.0"), (2.5, 0, "3"),
            (-0.25, 1, "−0.3"), (-0.001, 2, "0.00"), (.nan, 2, "–"), (.infinity, 0, "–"), (1e300, 1, "–"),
        ]
    )
    func fixed(value: Double, places: Int, text: String) {
        #expect(DecimalText.fixed(value, places: places) == text)
    }

    @Test(
        "of seconds has the unit that suits it",
        arguments: [(-1, "0 s"), (99, "99 s"), (600, "10 min"), (7200, "2 h")]
    )
    func rough(seconds: Double, text: String) {
        #expect(DecimalText.rough(seconds: seconds) == text)
    }
}
