import Systemd

/// Where log messages go and how they are written; the values of `--log.format`.
package enum LogDestination: String, CaseIterable, Sendable {
    /// The journal where standard error is connected to it, else logfmt on standard error.
    case auto
    /// Entries with fields in the systemd journal.
    case journal
    /// "key=value" pairs on standard error.
    case logfmt
    /// One JSON object a line on standard error.
    case json

    /// How lines are written; nil for the journal, which has none.
    var lines: LogFormat? {
        switch self {
        case .auto: JournalStream.isStandardError ? nil : .logfmt
        case .journal: nil
        case .logfmt: .logfmt
        case .json: .json
        }
    }
}
