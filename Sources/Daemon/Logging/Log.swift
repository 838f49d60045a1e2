import Linux
import Logging
import Systemd

/// The log of the program, into which every logger writes: its form, its limit, and where it goes.
package final class Log: Sendable {
    /// How lines are written; nil: the journal's fields.
    private let format: LogFormat?
    private let counters: LogMessageCounters?
    private let limit: Protected<LogLimit>
    private let deliver: @Sendable (LogDelivery.Entry) -> Bool
    private let flush: @Sendable (Duration) -> Void

    /// - Parameter deliver: takes an entry and never waits; false: there was no room for it.
    init(
        format: LogFormat?,
        counters: LogMessageCounters? = nil,
        limit: LogLimit = .standard,
        flush: @escaping @Sendable (Duration) -> Void = { _ in },
        deliver: @escaping @Sendable (LogDelivery.Entry) -> Bool
    ) {
        self.format = format
        self.counters = counters
        self.limit = Protected(limit)
        self.flush = flush
        self.deliver = deliver
    }

    /// A log that standard error or the journal gets.
    convenience init(_ destination: LogDestination, counters: LogMessageCounters?) throws(SystemError) {
        let delivery = try LogDelivery()
        self.init(
            format: destination.lines,
            counters: counters,
            flush: { delivery.flush(within: $0) },
            deliver: { delivery.add($0) }
        )
    }

    /// Writes a message, unless there are too many; it is counted in any case.
    ///
    /// - Parameter layers: metadata from the outermost to that of the message.
    func write(_ event: LogEvent, label: String, layers: [Logger.Metadata]) {
        let message = event.message.description
        counters?.increment(LogLevelName(event.level))
        var hasher = Hasher()
        hasher.combine(event.level)
        hasher.combine(label)
        hasher.combine(message)
        let kind = hasher.finalize()
        let now = KernelClock.monotonic()
        switch limit.withLock({ $0.admit(kind, at: now) }) {
        case .suppress(let reason):
            counters?.increment(reason)
        case .write(let suppressed):
            var layers = layers
            if suppressed > 0 { layers.append(["suppressed": .stringConvertible(suppressed)]) }
            let record = LogRecord(
                event: event,
                layers: layers,
                time: Int64(KernelClock.unixTime() * 1000)
            )
            let entry =
                format.map { LogDelivery.Entry.line($0.line(record)) }
                ?? .journal(JournalEntry(event, record).fields, orLine: LogFormat.logfmt.line(record))
            if !deliver(entry) { counters?.increment(.blocked) }
        }
    }

    /// Says how many messages were left out that no later one has told of, and waits until all is written, but no
    /// longer than `limit`: the last thing before the program ends.
    package func close(within limit: Duration) {
        let suppressed = self.limit.withLock { $0.takeSuppressed() }
        if suppressed > 0 {
            let logger = Logger(label: "gil-exporter") { ExporterLogHandler(level: .info, label: $0, log: self) }
            logger.warning("Messages were left out of the log", metadata: ["suppressed": "\(suppressed)"])
        }
        flush(limit)
    }
}

/// Hands what a logger is told to the log.
struct ExporterLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let log: Log

    init(level: LogLevelName, label: String, log: Log, metadataProvider: Logger.MetadataProvider? = nil) {
        logLevel = level.level
        self.label = label
        self.log = log
        self.metadataProvider = metadataProvider
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.write(event, label: label, layers: [metadataProvider?.get() ?? [:], metadata, event.metadata ?? [:]])
    }
}
