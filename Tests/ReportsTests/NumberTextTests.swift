import Testing

@testable import Reports

struct NumberTextTests {
    @Test(arguments: [
        (0, 2, "0.00"), (0.487, 2, "0.49"), (1.995, 2, "2.00"), (12.04, 1, "12.0"), (12.0456, 3, "12.046"),
        (0.05, 2, "0.05"), (2.5, 0, "3"), (-0.25, 1, "−0.3"), (-0.001, 2, "0.00"), (.nan, 2, "–"), (.infinity, 0, "–"),
        (1e300, 1, "–"),
    ])
    func `a decimal is rounded and keeps its zeros`(value: Double, places: Int, text: String) {
        #expect(NumberText.decimal(value, places: places) == text)
    }

    @Test func `a ratio is shown in percent`() {
        #expect(NumberText.percent(0.474) == "47 %")
        #expect(NumberText.percent(1.9) == "190 %")
        #expect(NumberText.percent(.nan) == "– %")
    }

    @Test(arguments: [
        (0, "<0.01 ms"), (9999, "<0.01 ms"), (58_000, "0.06 ms"), (5_132_000, "5.1 ms"), (152_400_000, "152 ms"),
    ])
    func `milliseconds have the digits that matter`(nanoseconds: UInt64, text: String) {
        #expect(NumberText.milliseconds(nanoseconds) == text)
    }

    @Test(arguments: [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
    func `words are listed as in a sentence`(words: [String], text: String) {
        #expect(NumberText.list(words) == text)
    }

    @Test(arguments: [(-1, "0 s"), (99, "99 s"), (600, "10 min"), (7200, "2 h"), (200_000, "2 d")])
    func `an approximate time has the unit that suits it`(seconds: Double, text: String) {
        #expect(NumberText.approximate(seconds: seconds) == text)
    }
}
