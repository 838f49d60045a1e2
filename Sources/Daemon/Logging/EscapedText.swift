/// Text between quotes.
enum EscapedText {
    /// Whether a terminal or a log viewer shows the scalar as one visible sign, or a blank: anything else could hide,
    /// forge or reorder what a person reads.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// Appends the text in quotes. The escapes are JSON's (RFC 8259, section 7), which readers of logfmt know as well:
    /// they are those of Go's string literals.
    static func append(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\"".utf8
            case "\\": line += "\\\\".utf8
            case "\n": line += "\\n".utf8
            case "\r": line += "\\r".utf8
            case "\t": line += "\\t".utf8
            case _ where isPrintable(scalar): line += scalar.utf8
            default:
                for unit in scalar.utf16 {
                    let digits = String(unit, radix: 16)
                    line += "\\u".utf8
                    line += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                    line += digits.utf8
                }
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
