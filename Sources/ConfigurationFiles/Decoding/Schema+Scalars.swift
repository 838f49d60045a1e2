import Notation

extension Schema where Value == Bool {
    /// `true` or `false`, or another word of YAML 1.1 (https://yaml.org/type/bool.html): other exporters read their
    /// files with such a parser, and people and templates write `yes` and `on`.
    static var boolean: Schema {
        .scalar("true or false") { (scalar) throws(Unacceptable) in
            guard let value = words[scalar.text] else { throw Unacceptable("is neither true nor false") }
            guard scalar.isPlain else { throw .quoted }
            return value
        }
    }

    /// In lower case, in upper case, and capitalised.
    private static var words: [String: Bool] {
        let pairs: [(Bool, [String])] = [
            (true, ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"]),
            (false, ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"]),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.flatMap { value, words in words.map { ($0, value) } })
    }
}

extension Schema where Value == Int {
    /// A whole number, in digits only: the other notations (octal, sexagesimal, underscores) differ between YAML 1.1
    /// and 1.2.
    ///
    /// - Parameters:
    ///   - word: stands for a number, if there is such a word.
    ///   - meaning: that number. The nearest one of the range is taken.
    static func integer(
        in range: ClosedRange<Int>,
        or word: String? = nil,
        meaning: @escaping @Sendable () -> Int = { 0 }
    ) -> Schema {
        let alternative = word.map { ", or \"\($0)\"" } ?? ""
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)\(alternative)"
        return .scalar(expected) { (scalar) throws(Unacceptable) in
            if scalar.text == word { return min(max(meaning(), range.lowerBound), range.upperBound) }
            let digits = scalar.text.hasPrefix("-") ? scalar.text.dropFirst() : scalar.text[...]
            guard digits.isDigits else { throw Unacceptable("is not a whole number in digits alone") }
            guard scalar.isPlain else { throw .quoted }
            guard let value = Int(scalar.text), range.contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}

extension Unacceptable {
    /// Quotes turn a number or a boolean into a text (YAML 1.2.2, section 10.3.2).
    static let quoted = Unacceptable("is in quotes, which make it a text", remedy: "take them off")
}

extension StringProtocol {
    /// Whether this is one digit or more, and nothing else.
    var isDigits: Bool {
        !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension Schema where Value == Double {
    /// A share of a whole, as a percentage (`5%`) or as a fraction of one (`0.05`). The limits are in percent.
    static func ratio(percent range: ClosedRange<Double>) -> Schema {
        let accepted = "a share from \(decimal(range.lowerBound))% to \(decimal(range.upperBound))%"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            let isPercentage = scalar.text.hasSuffix("%")
            let number = isPercentage ? scalar.text.dropLast() : scalar.text[...]
            guard number.isDecimal, let value = Double(number) else { throw Unacceptable("is not a share") }
            let ratio = isPercentage ? value / 100 : value
            guard range.lowerBound / 100 <= ratio, ratio <= range.upperBound / 100 else {
                guard !isPercentage else { throw Unacceptable("is out of range") }
                let guess = range.contains(value) ? "did you mean \(quoted(scalar.text + "%"))? " : ""
                throw Unacceptable("is a fraction of one, and out of range", remedy: "\(guess)write \(accepted)")
            }
            return ratio
        }
    }
}

/// The number without the `.0` that Swift appends to whole ones.
private func decimal(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension Substring {
    /// Whether this is digits, optionally followed by a point and digits. `Double` accepts `inf`, `nan` and `0x1p3` as
    /// well.
    fileprivate var isDecimal: Bool {
        split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).allSatisfy(\.isDigits)
    }
}

extension Schema where Value == Duration {
    /// A duration with units.
    static func duration(in range: ClosedRange<Duration>) -> Schema {
        let limits = "\(range.lowerBound.notation) to \(range.upperBound.notation)"
        return .scalar("a duration from \(limits)") { (scalar) throws(Unacceptable) in
            guard let value = Duration(notation: scalar.text) else {
                guard scalar.text.isDigits else {
                    throw Unacceptable(
                        "is not a duration",
                        remedy:
                            "write whole numbers with units (h, m, s, ms, us), the largest unit first, as in 1m30s; "
                            + "accepted is \(limits)"
                    )
                }
                throw Unacceptable("has no unit", remedy: "put h, m, s, ms or us after it; accepted is \(limits)")
            }
            guard range.contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}

extension Schema where Value: CaseIterable & RawRepresentable<String> {
    /// One word of a fixed set.
    static var choice: Schema {
        let words = Value.allCases.map(\.rawValue)
        let accepted = "one of \(words.joined(separator: ", "))"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            if let value = Value(rawValue: scalar.text) { return value }
            let guess = nearMiss(scalar.text, among: words)
            throw Unacceptable(
                "is not known",
                remedy: guess.map { "did you mean \(quoted($0))? write \(accepted)" }
            )
        }
    }
}
