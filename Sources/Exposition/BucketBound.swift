extension Double {
    /// The value of a bucket's `le` label.
    ///
    /// A label's value is compared as text, so the number must look the same from everyone: OpenMetrics ("Canonical
    /// Numbers") asks for Go's `%g` with ".0" where that has neither point nor exponent. Swift writes the same but for
    /// 10⁶ to 2⁵⁴, where it has no exponent yet and Go has one.
    var bucketBound: String {
        guard isFinite else { return "+Inf" }
        let text = description
        guard self >= 1e6, !text.contains("e") else { return text }
        let parts = text.split(separator: ".")
        let exponent = parts[0].utf8.count - 1
        var digits = parts.joined()[...]
        while digits.last == "0" { digits.removeLast() }
        let fraction = digits.dropFirst()
        return "\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e+\(exponent < 10 ? "0" : "")\(exponent)"
    }
}
