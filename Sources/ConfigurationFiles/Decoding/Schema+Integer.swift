extension Schema where Value == Int {
    /// A whole number, in digits alone: YAML's other spellings (octal, sexagesimal, underscores) differ between its
    /// versions 1.1 and 1.2.
    static func integer(in range: ClosedRange<Int>) -> Schema {
        .scalar("a whole number from \(range.lowerBound) to \(range.upperBound)") { (scalar) throws(Unacceptable) in
            let digits = scalar.text.hasPrefix("-") ? scalar.text.dropFirst() : scalar.text[...]
            guard digits.isDigits else { throw Unacceptable("is not a whole number in digits alone") }
            guard scalar.isPlain else { throw .quoted }
            guard let value = Int(scalar.text), range.contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}

extension Unacceptable {
    /// Quotes make a text of what would be a number or a boolean (YAML 1.2.2, section 10.3.2).
    static let quoted = Unacceptable("is in quotes, which make it a text", remedy: "take them off")
}

extension StringProtocol {
    /// One digit or more, and nothing else.
    var isDigits: Bool {
        !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
