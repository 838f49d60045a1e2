import Linux
package import Logging

/// Writes each message as a line of its own.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let format: LogFormat
    private let output: LogOutput
    private let counters: LogMessageCounters?

    /// Writes to standard error.
    package init(
        level: LogLevelName,
        format: LogFormat,
        counters: LogMessageCounters? = nil,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.init(
            level: level,
            format: format,
            output: .standardError,
            counters: counters,
            metadataProvider: metadataProvider
        )
    }

    init(
        level: LogLevelName,
        format: LogFormat,
        output: LogOutput,
        counters: LogMessageCounters? = nil,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        logLevel = level.level
        self.format = format
        self.output = output
        self.counters = counters
        self.metadataProvider = metadataProvider
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = LogRecord(
            event: event,
            layers: [metadataProvider?.get() ?? [:], metadata, event.metadata ?? [:]],
            time: Int64(KernelClock.unixTime() * 1000)
        )
        output.write(format.line(record))
        counters?.increment(record.level)
    }
}
