/// How log lines are written.
package enum LogFormat: Sendable {
    /// "key=value" pairs.
    case logfmt
    /// One JSON object a line.
    case json

    /// The record as it is written, with the newline.
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
