import Testing

@testable import Notation

struct DurationNotationTests {
    @Test(
        arguments: [
            ("60s", .seconds(60)), ("250ms", .milliseconds(250)), ("1m30s", .seconds(90)), ("5ms", .milliseconds(5)),
            ("2h", .seconds(7200)), ("50us", .microseconds(50)), ("0s", .zero), ("007s", .seconds(7)),
            ("1h1m1s1ms1us", .seconds(3661) + .microseconds(1001)),
        ] as [(String, Duration)]
    )
    func `whole numbers with units are read`(text: String, duration: Duration) {
        #expect(Duration(notation: text) == duration)
    }

    @Test(
        arguments: [
            "", "s", "60", "1.5s", "-1s", "+1s", "1s ", " 1s", "1 s", "30s1m", "1m1m", "1d", "1S", "1sec", "1s5", "5µs",
            "٣s",
        ]
    )
    func `other text is not a duration`(text: String) {
        #expect(Duration(notation: text) == nil)
    }

    @Test(
        arguments: ["9223372036854775807h", "99999999999999999999us", "9223372036854s999999999999999999ms"]
    )
    func `a duration beyond the range is the longest one`(text: String) {
        #expect(Duration(notation: text) == .microseconds(Int64.max))
    }

    @Test(
        arguments: ["0s", "50us", "1s500ms", "6s400ms", "24h", "1m30s"]
    )
    func `a duration is written with as few units as possible`(text: String) throws {
        #expect(try #require(Duration(notation: text)).notation == text)
    }
}

struct GoDurationTests {
    @Test(
        arguments: [
            ("0", 0), ("+0", 0), ("0s", 0), ("1s", 1000), ("1.5s", 1500), (".5s", 500), ("5.s", 5000), ("300ms", 300),
            ("1h2m3s4ms", 3_723_004), ("1s1h", 3_601_000), ("1s1s", 2000), ("1000us", 1), ("2000µs", 2), ("3000μs", 3),
            ("4000000ns", 4), ("-1s", -1000), ("+1m", 60_000), ("0.1s", 100), ("24h", 86_400_000),
        ]
    )
    func `a duration of Go may have units in any order, decimals and a sign`(text: String, milliseconds: Int) {
        #expect(Duration(goNotation: text) == .milliseconds(milliseconds))
    }

    @Test(
        arguments: [
            "", "1", "-", "+", "s", ".s", "1.2.3s", "1 s", "1d", "1S", "1s ", "--1s", "1e3s", "0x1s", "1,5s", "∞",
        ]
    )
    func `other text is not a duration of Go`(text: String) {
        #expect(Duration(goNotation: text) == nil)
    }

    @Test func `a duration of Go is limited to its range`() {
        let text = String(repeating: "9", count: 400) + "h"
        #expect(Duration(goNotation: text) == .nanoseconds(9_200_000_000_000_000_000))
    }
}
