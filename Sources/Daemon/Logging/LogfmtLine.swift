import Logging

/// "key=value" pairs, quoted where they must be, as Go's log/slog writes them: what Prometheus and its exporters log.
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
