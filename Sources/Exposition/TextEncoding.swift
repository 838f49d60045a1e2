/// A family's name with a value for each label.
struct Series: Sendable {
    let name: String
    let labels: [(name: String, value: String)]

    /// The constant part of a sample's line, `name{label="value"} `, rendered once. A gathering only copies it.
    func prefix(suffix: String = "", bucketBound: String? = nil) -> [UInt8] {
        var prefix = Array("\(name)\(suffix)".utf8)
        let labels = labels + (bucketBound.map { [("le", $0)] } ?? [])
        for (index, label) in labels.enumerated() {
            prefix.append(contentsOf: "\(index == 0 ? "{" : ",")\(label.name)=\"".utf8)
            prefix.append(escaping: label.value, quotes: true)
            prefix.append(UInt8(ascii: "\""))
        }
        prefix.append(contentsOf: (labels.isEmpty ? " " : "} ").utf8)
        return prefix
    }
}

extension [UInt8] {
    /// Appends text with escaped backslashes and line feeds, and on request double quotes.
    ///
    /// Both formats escape all three in label values. In the help, OpenMetrics escapes quotes and the text format does
    /// not: its parser would keep the backslash.
    mutating func append(escaping text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"):
                append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\n"):
                append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\"") where quotes:
                append(contentsOf: #"\""#.utf8)
            default:
                append(byte)
            }
        }
    }
}

extension [UInt8] {
    /// Appends a sample's value in the fewest digits that read back as the same number.
    ///
    /// Whole numbers up to 2⁵³, which Double represents exactly, have neither point nor exponent. Other numbers are in
    /// Swift's notation ("0.1", "1e-05", "1.5e+16"), which both formats accept, except for infinity and NaN.
    mutating func append(number value: Double) {
        if value.magnitude <= 0x1p53, value.rounded(.towardZero) == value {
            if value < 0 { append(UInt8(ascii: "-")) }
            append(decimal: UInt64(value.magnitude))
        } else if value.isFinite {
            var digits = Digits()
            value.write(to: &digits)
            append(contentsOf: digits)
        } else {
            append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf").utf8)
        }
    }

    mutating func append(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func append(contentsOf digits: borrowing Digits) {
        for index in 0..<digits.count { append(digits.bytes[index]) }
    }
}

/// The text of one number, without an allocation: a `String` of more than 15 bytes is on the heap, and most durations
/// have 17 digits.
private struct Digits: TextOutputStream {
    /// The longest text is 24 bytes: "-2.2250738585072014e-308".
    private(set) var bytes = InlineArray<32, UInt8>(repeating: 0)
    private(set) var count = 0

    mutating func write(_ string: String) {
        for byte in string.utf8 { append(byte) }
    }

    /// The standard library's floating-point types write their text here. (`TextOutputStream` requires this function;
    /// the default implementation creates a `String` for `write`.) If the library no longer called it, the cost would
    /// be one allocation.
    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
        unsafe buffer.forEach { append($0) }
    }

    private mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }
}
