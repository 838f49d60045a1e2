extension Int {
    /// Reads a whole number as people write it on a command line: `100000000`, `100_000_000`, `1e8` or `2.5e6`. Numbers
    /// beyond 64 bits become the nearest one that fits.
    package init(notation text: String) throws(NotAWholeNumber) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(omittingEmptySubsequences: false) { "eE".contains($0) }
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Self.digits(mantissa[0]),
            let fraction = mantissa.count == 1 ? "" : Self.digits(mantissa[1]),
            let power = parts.count == 1 ? 0 : Self.power(parts[1])
        else { throw NotAWholeNumber() }
        var places = fraction[...]
        while places.last == "0" { places = places.dropLast() }
        guard power >= places.count else { throw NotAWholeNumber() }
        let sign = isNegative ? "-" : ""
        self =
            Int("\(sign)\(whole)\(places)" + String(repeating: "0", count: power - places.count))
            ?? (isNegative ? .min : .max)
    }

    /// The digits without the underscores between them; nil if there is anything else.
    private static func digits(_ text: Substring) -> String? {
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        return groups.allSatisfy(isDigits) ? groups.joined() : nil
    }

    /// An exponent of at most two digits, so that a short text cannot be a number of millions of digits.
    private static func power(_ text: Substring) -> Int? {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text
        return isDigits(digits) && digits.count <= 2 ? Int(digits) : nil
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

/// A text that is not a whole number in any notation.
package struct NotAWholeNumber: Error, Equatable, CustomStringConvertible {
    package var description: String { "write a whole number, such as 100000000, 100_000_000 or 1e8" }
}
