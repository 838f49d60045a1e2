extension [UInt8] {
    /// Appends a sample's value in the fewest digits that read back as the same number.
    ///
    /// Numbers that count something are written without point and exponent as long as they count exactly, to 2⁵³.
    /// The others are in Swift's notation ("0.1", "1e-05", "1.5e+16"), which both formats' grammars contain; only the
    /// words for what is no number differ.
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

/// Takes the text of one number without allocating: a `String` of more than 15 bytes is on the heap, and most
/// durations have 17 digits.
private struct Digits: TextOutputStream {
    /// The longest text is 24 bytes: "-2.2250738585072014e-308".
    private(set) var bytes = InlineArray<32, UInt8>(repeating: 0)
    private(set) var count = 0

    mutating func write(_ string: String) {
        for byte in string.utf8 { append(byte) }
    }

    /// Where the standard library's floating-point types write their text (`TextOutputStream` has it as a requirement
    /// with a default that makes a `String` for `write`). A library that stopped calling it would cost an allocation,
    /// and nothing else.
    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
        unsafe buffer.forEach { append($0) }
    }

    private mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }
}
