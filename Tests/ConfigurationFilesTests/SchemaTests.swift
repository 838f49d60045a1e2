import Testing

@testable import ConfigurationFiles

/// What the fixtures cannot reach through today's keys.
struct SchemaTests {
    @Test(
        arguments: [
            (["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"], true),
            (["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"], false),
        ]
    )
    func `a boolean is a word of YAML 1.1 without quotes`(words: [String], value: Bool) {
        for word in words { #expect(decode(word, .boolean).value == value, "\(word)") }
        for word in words { #expect(decode("'\(word)'", .boolean).value == nil, "\(word)") }
    }

    @Test(arguments: ["tRUE", "yEs", "oN", "1", "0", "nope", "''", "t"])
    func `other words and numbers are not booleans`(text: String) {
        #expect(decode(text, .boolean).value == nil)
    }

    @Test func `the message about an invalid boolean explains the reason`() {
        #expect(decode("yep", .boolean).messages == [#""yep" is neither true nor false: write true or false"#])
        #expect(decode("'true'", .boolean).messages == [#""true" is in quotes, which make it a text: take them off"#])
    }

    @Test func `a whole number may be negative where that is in range`() {
        #expect(decode("-5", .integer(in: -5...5)).value == -5)
        #expect(
            decode("-6", .integer(in: -5...5)).messages == [#""-6" is out of range: write a whole number from -5 to 5"#]
        )
        #expect(decode("'-'", .integer(in: -5...5)).value == nil)
    }

    @Test(arguments: ["5%", "0.05", "5.0%"])
    func `a percentage and its fraction are the same share`(text: String) {
        #expect(decode(text, .ratio(percent: 0...100)).value == 0.05)
    }

    @Test(
        arguments: ["", ".5", "5.", "1e-1", "0x1p3", "inf", "5%%", "%", "-0", "5 %"]
    )
    func `other notations of numbers are not shares`(text: String) {
        #expect(decode("\"\(text)\"", .ratio(percent: 0...100)).value == nil)
    }

    @Test func `a key without a value is an empty list`() {
        #expect(decode("", .list(of: .integer(in: 0...9), example: "[1]")).value == nil)
        #expect(decode("~", .list(of: .integer(in: 0...9), example: "[1]")).value == [])
    }

    private func decode<Value>(_ text: String, _ schema: Schema<Value>) -> (value: Value?, messages: [String]) {
        var diagnostics = Diagnostics()
        let value = YAMLComposer.compose(Array(text.utf8), &diagnostics).flatMap { schema.decode($0, &diagnostics) }
        return (value, diagnostics.inFileOrder.map(\.message))
    }
}
