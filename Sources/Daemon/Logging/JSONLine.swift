import Logging

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
