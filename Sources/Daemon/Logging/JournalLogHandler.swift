import Linux
import Logging
import Systemd

/// Sends each message to the journal as an entry with fields.
struct JournalLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let counters: LogMessageCounters?

    init(level: LogLevelName, counters: LogMessageCounters?, metadataProvider: Logger.MetadataProvider?) {
        logLevel = level.level
        self.counters = counters
        self.metadataProvider = metadataProvider
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let record = LogRecord(
            event: event,
            layers: [metadataProvider?.get() ?? [:], metadata, event.metadata ?? [:]],
            time: Int64(KernelClock.unixTime() * 1000)
        )
        do {
            try Journal.send(JournalEntry(event, record).fields)
        } catch {
            // Better a line without fields than nothing.
            LogOutput.standardError.write(LogFormat.logfmt.line(record))
        }
        counters?.increment(record.level)
    }
}
