import Testing

@testable import Linux

struct DecimalNumberTests {
    @Test(arguments: [("0", 0), ("007", 7), ("18446744073709551615", UInt64.max)])
    func `digits are a number`(text: String, number: UInt64) {
        #expect(UInt64(decimal: text.utf8) == number)
    }

    @Test(arguments: ["", "-1", "+1", " 1", "1 ", "0x1", "1.0", "１", "18446744073709551616", "99999999999999999999"])
    func `anything else is none`(text: String) {
        #expect(UInt64(decimal: text.utf8) == nil)
    }
}
