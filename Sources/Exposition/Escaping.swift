extension [UInt8] {
    /// Appends text in which a backslash, a line feed and, if asked for, a double quote are escaped.
    ///
    /// Both formats escape all three in a label's value. Quotes in the help are escaped by OpenMetrics and stand for
    /// themselves in the text format, whose parser would keep the backslash.
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
