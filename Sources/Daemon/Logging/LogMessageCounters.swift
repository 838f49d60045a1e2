package import Exposition
import Logging

/// Counts log messages by level, and those that were left out of the log by the reason.
package struct LogMessageCounters: Sendable {
    private let debug: Counter
    private let info: Counter
    private let warn: Counter
    private let error: Counter
    private let suppressed: [LogSuppression: Counter]

    /// All levels exist from the start, so that the first error is a change from 0 and not a new series.
    package init(registry: Registry) {
        let counters = registry.counters(
            "gil_exporter_log_messages_total",
            help: "Messages that the exporter logged.",
            labels: ["level"]
        )
        debug = counters.with(LogLevelName.debug.rawValue)
        info = counters.with(LogLevelName.info.rawValue)
        warn = counters.with(LogLevelName.warn.rawValue)
        error = counters.with(LogLevelName.error.rawValue)
        let suppressions = registry.counters(
            "gil_exporter_log_messages_suppressed_total",
            help: "Messages that are counted as logged, but were left out of the log.",
            labels: ["reason"]
        )
        suppressed = Dictionary(
            uniqueKeysWithValues: LogSuppression.allCases.map { ($0, suppressions.with($0.rawValue)) }
        )
    }

    func increment(_ level: LogLevelName) {
        switch level {
        case .debug: debug.increment()
        case .info: info.increment()
        case .warn: warn.increment()
        case .error: error.increment()
        }
    }

    func increment(_ reason: LogSuppression) { suppressed[reason]?.increment() }
}
