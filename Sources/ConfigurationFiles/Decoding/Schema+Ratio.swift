extension Schema where Value == Double {
    /// A share of a whole, written as a percentage (`5%`) or as a fraction of one (`0.05`); the limits are in percent.
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

/// A number as people write it, without the `.0` that Swift puts after whole ones.
private func decimal(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension Substring {
    /// Digits, perhaps a point and more digits. `Double` takes `inf`, `nan` and `0x1p3` as well.
    fileprivate var isDecimal: Bool {
        split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).allSatisfy(\.isDigits)
    }
}
