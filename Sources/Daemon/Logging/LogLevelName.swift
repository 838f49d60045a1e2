package import Logging

/// Levels as Prometheus programs name them; the values of `--log.level`.
package enum LogLevelName: String, CaseIterable, Sendable {
    case debug
    case info
    case warn
    case error

    /// The name under which a message of `level` is written and counted.
    package init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info, .notice: self = .info
        case .warning: self = .warn
        case .error, .critical: self = .error
        }
    }

    /// The threshold that lets this level pass, and everything above it.
    package var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}
