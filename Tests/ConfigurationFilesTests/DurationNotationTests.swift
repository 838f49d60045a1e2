import Testing

@testable import ConfigurationFiles

struct DurationNotationTests {
    @Test(
        "whole numbers with units are read",
        arguments: [
            ("60s", .seconds(60)), ("250ms", .milliseconds(250)), ("1m30s", .seconds(90)), ("5ms", .milliseconds(5)),
            ("2h", .seconds(7200)), ("50us", .microseconds(50)), ("0s", .zero), ("007s", .seconds(7)),
            ("1h1m1s1ms1us", .seconds(3661) + .microseconds(1001)),
        ] as [(String, Duration)]
    )
    func read(text: String, duration: Duration) {
        #expect(Duration(notation: text) == duration)
    }

    @Test(
        "anything else is not",
        arguments: [
            "", "s", "60", "1.5s", "-1s", "+1s", "1s ", " 1s", "1 s", "30s1m", "1m1m", "1d", "1S", "1sec", "1s5", "5µs",
            "٣s",
        ]
    )
    func refuse(text: String) {
        #expect(Duration(notation: text) == nil)
    }

    @Test(
        "what is too long to count is the longest duration",
        arguments: ["9223372036854775807h", "99999999999999999999us", "9223372036854s999999999999999999ms"]
    )
    func overflow(text: String) {
        #expect(Duration(notation: text) == .microseconds(Int64.max))
    }

    @Test(
        "it is written with as few units as there can be",
        arguments: ["0s", "50us", "1s500ms", "6s400ms", "24h", "1m30s"]
    )
    func write(text: String) throws {
        #expect(try #require(Duration(notation: text)).notation == text)
    }
}
