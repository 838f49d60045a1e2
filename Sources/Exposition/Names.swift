extension String {
    /// A metric name that every version of Prometheus takes. Colons are allowed by the formats, but belong to
    /// recording rules.
    var isMetricName: Bool {
        guard let first = utf8.first else { return false }
        return !first.isDigit && utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }

    /// A label name that may be given here: `__` is Prometheus's own, `le` is a histogram's.
    var isLabelName: Bool {
        isMetricName && !hasPrefix("__") && self != "le"
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
