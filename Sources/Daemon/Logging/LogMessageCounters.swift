package import Exposition
import Logging

/// Counts log messages by level.
package struct LogMessageCounters: Sendable {
    private let debug: Counter
    private let info: Counter
    private let warn: Counter
    private let error: Counter

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
    }

    func increment(_ level: LogLevelName) {
        switch level {
        case .debug: debug.increment()
        case .info: info.increment()
        case .warn: warn.increment()
        case .error: error.increment()
        }
    }
}
