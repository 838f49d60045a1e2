extension UInt64 {
    /// Reads digits and nothing else. Nil for anything else, for nothing at all, and for what 64 bits cannot hold.
    init?(decimal digits: some Sequence<UInt8>) {
        var number: UInt64?
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (shifted, overflowed) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            number = sum
        }
        guard let number else { return nil }
        self = number
    }
}
