package import Linux
package import Logging
import Systemd

/// The destination and format of log messages: the values of `--log.format`.
package enum LogDestination: String, CaseIterable, Sendable {
    /// The journal if standard error is connected to it, otherwise logfmt on standard error.
    case auto
    /// Entries with fields in the systemd journal.
    case journal
    /// "key=value" pairs on standard error.
    case logfmt
    /// One JSON object per line on standard error.
    case json

    /// The format of lines. Nil for the journal, which has no lines.
    var lines: LogFormat? {
        switch self {
        case .auto: JournalStream.isStandardError ? nil : .logfmt
        case .journal: nil
        case .logfmt: .logfmt
        case .json: .json
        }
    }
}

/// Levels with the names that Prometheus programs use: the values of `--log.level`.
package enum LogLevelName: String, CaseIterable, Sendable {
    case debug
    case info
    case warn
    case error

    /// The name that a message of `level` has in the log and in metrics.
    package init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info, .notice: self = .info
        case .warning: self = .warn
        case .error, .critical: self = .error
        }
    }

    /// The threshold for messages of this level and above.
    package var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}

extension LoggingSystem {
    /// Sends the messages of all loggers, those of libraries included, to `destination`. Call it once per process.
    ///
    /// - Returns: the log. Close it before the program ends.
    package static func bootstrap(
        level: LogLevelName,
        destination: LogDestination,
        counters: LogMessageCounters? = nil
    ) throws(SystemError) -> Log {
        let log = try Log(destination, counters: counters)
        bootstrap(
            { label, provider in
                ExporterLogHandler(level: level, label: label, log: log, metadataProvider: provider)
            },
            metadataProvider: nil
        )
        return log
    }
}
