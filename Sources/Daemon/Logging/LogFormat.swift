import Logging

/// The format of log lines.
enum LogFormat: Sendable {
    /// "key=value" pairs.
    case logfmt
    /// One JSON object per line.
    case json

    /// The formatted record, with a newline.
    func line(_ record: LogRecord) -> [UInt8] {
        var line: [UInt8] = []
        switch self {
        case .logfmt: LogfmtLine.append(record, to: &line)
        case .json: JSONLine.append(record, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

/// "key=value" pairs, quoted where necessary, as Go's log/slog writes them in Prometheus and its exporters.
enum LogfmtLine {
    static func append(_ record: LogRecord, to line: inout [UInt8]) {
        line += "time=".utf8
        line += record.timestamp.utf8
        append("level", record.level.rawValue.uppercased(), to: &line)
        append("source", record.source, to: &line)
        append("msg", record.message, to: &line)
        append(fields: record.fields, to: &line)
    }

    static func append(fields: [LogRecord.Field], to line: inout [UInt8]) {
        for field in fields { append(field.key, field.value, to: &line) }
    }

    private static func append(_ key: String, _ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .dictionary(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                append("\(key).\(name)", member, to: &line)
            }
        case .string, .stringConvertible, .array:
            append(key, "\(value)", to: &line)
        }
    }

    private static func append(_ key: String, _ value: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: " "))
        append(key, to: &line)
        line.append(UInt8(ascii: "="))
        append(value, to: &line)
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            EscapedText.isPrintable(scalar) && scalar != " " && scalar != "\"" && scalar != "="
        }
        if isPlain, !text.isEmpty { line += text.utf8 } else { EscapedText.append(text, to: &line) }
    }
}

/// One JSON object: RFC 8259.
enum JSONLine {
    static func append(_ record: LogRecord, to line: inout [UInt8]) {
        line += "{\"time\":".utf8
        EscapedText.append(record.timestamp, to: &line)
        append("level", .string(record.level.rawValue.uppercased()), to: &line)
        append("source", .string(record.source), to: &line)
        append("msg", .string(record.message), to: &line)
        for field in record.fields { append(field.key, field.value, to: &line) }
        line.append(UInt8(ascii: "}"))
    }

    private static func append(_ key: String, _ value: Logger.MetadataValue, to line: inout [UInt8]) {
        line.append(UInt8(ascii: ","))
        EscapedText.append(key, to: &line)
        line.append(UInt8(ascii: ":"))
        append(value, to: &line)
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text):
            EscapedText.append(text, to: &line)
        case .stringConvertible(let value):
            EscapedText.append(value.description, to: &line)
        case .array(let elements):
            line.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(element, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let members):
            line.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                EscapedText.append(member.key, to: &line)
                line.append(UInt8(ascii: ":"))
                append(member.value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}

/// Quoted text.
enum EscapedText {
    /// Whether a terminal or log viewer shows the scalar as one visible character or a blank. Other scalars could
    /// hide, forge or reorder text.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// Appends the text in quotes, with the escapes of JSON (RFC 8259, section 7). Readers of logfmt accept them, too,
    /// as they are those of Go's string literals.
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
