/// How log lines are written; the values of `--log.format`.
package enum LogFormat: String, CaseIterable, Sendable {
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
