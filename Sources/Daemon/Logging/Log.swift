import Linux
import Logging
import Systemd

/// The log of the program, into which every logger writes: its format, limit and destination.
package final class Log: Sendable {
    /// The format of lines. Nil: entries with fields for the journal.
    private let format: LogFormat?
    private let counters: LogMessageCounters?
    private let limit: Protected<LogLimit>
    private let deliver: @Sendable (LogDelivery.Entry) -> Bool
    private let flush: @Sendable (Duration) -> Void

    /// - Parameter deliver: takes an entry without waiting. False: there is no room for it.
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

    /// A log on standard error or in the journal.
    convenience init(_ destination: LogDestination, counters: LogMessageCounters?) throws(SystemError) {
        let delivery = try LogDelivery(lost: { counters?.increment(.failed) })
        self.init(
            format: destination.lines,
            counters: counters,
            flush: { delivery.flush(within: $0) },
            deliver: { delivery.add($0) }
        )
    }

    /// Writes a message, unless there are too many. It is counted in any case.
    ///
    /// - Parameter layers: metadata, from the outermost to that of the message.
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

    /// Logs the number of messages that were left out and not reported yet, and waits until everything is written, but
    /// no longer than `limit`. Call it right before the program ends.
    package func close(within limit: Duration) {
        let suppressed = self.limit.withLock { $0.takeSuppressed() }
        if suppressed > 0 {
            let logger = Logger(label: "gil-exporter") { ExporterLogHandler(level: .info, label: $0, log: self) }
            logger.warning("Messages were left out of the log", metadata: ["suppressed": "\(suppressed)"])
        }
        flush(limit)
    }
}

/// Passes the messages of a logger to the log.
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

/// One message with its fields, before it is formatted.
struct LogRecord {
    struct Field {
        let key: String
        let value: Logger.MetadataValue
    }

    /// Milliseconds since 1970.
    let time: Int64
    let level: LogLevelName
    /// "File.swift:42"
    let source: String
    let message: String
    let fields: [Field]

    /// - Parameter layers: metadata, from the outermost to that of the message. A key of an inner layer replaces that of
    ///   an outer one. Within a layer keys are sorted, as dictionaries have no order.
    init(event: LogEvent, layers: [Logger.Metadata], time: Int64) {
        self.time = time
        level = LogLevelName(event.level)
        source = "\(event.file.split(separator: "/").last ?? ""):\(event.line)"
        message = event.message.description
        var fields: [Field] = []
        for (index, layer) in layers.enumerated() {
            let inner = layers[(index + 1)...]
            for (key, value) in layer.sorted(by: { $0.key < $1.key }) where !inner.contains(where: { $0[key] != nil }) {
                fields.append(Field(key: Self.unreserved(key), value: value))
            }
        }
        if let error = event.error {
            fields.append(Field(key: "err", value: .string(String(describing: error))))
        }
        self.fields = fields
    }

    /// The key, changed if it is one of the line's own keys, which a library may use for a field.
    private static func unreserved(_ key: String) -> String {
        ["time", "level", "source", "msg"].contains(key) ? "field.\(key)" : key
    }

    /// RFC 3339, UTC, to the millisecond.
    var timestamp: String { Timestamp.rfc3339(milliseconds: time) }
}
