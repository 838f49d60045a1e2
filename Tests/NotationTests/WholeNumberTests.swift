import Testing

@testable import Notation

struct WholeNumberTests {
    @Test(
        arguments: [
            ("0", 0), ("42", 42), ("-7", -7), ("100_000_000", 100_000_000), ("1e8", 100_000_000), ("1E+8", 100_000_000),
            ("2.5e6", 2_500_000), ("1.0", 1), ("1_000.50e2", 100_050), ("007", 7),
        ]
    )
    func `a whole number is read in each notation`(text: String, number: Int) throws {
        #expect(try Int(notation: text) == number)
    }

    @Test(
        arguments: [
            "", "-", "two", "1e", "e8", "1.5", "1e-3", "1__0", "_1", "1_", "0x10", "1 000", "+1", "1e100", "٣",
        ]
    )
    func `another text is not a whole number`(text: String) {
        #expect(throws: NotAWholeNumber()) { try Int(notation: text) }
    }

    @Test func `a number that is too large becomes the largest one`() throws {
        #expect(try Int(notation: "1e99") == .max)
        #expect(try Int(notation: "-9_999_999_999_999_999_999") == .min)
    }
}
