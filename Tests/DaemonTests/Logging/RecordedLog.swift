import Logging
import Synchronization

/// A log to look at.
final class RecordedLog: LogHandler {
    private let events = Mutex<[LogEvent]>([])

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { events.withLock { $0.append(event) } }

    var messages: [String] { events.withLock { $0.map { "\($0.message)" } } }

    /// The fields of each message.
    var fields: [Logger.Metadata] { events.withLock { $0.map { $0.metadata ?? [:] } } }

    /// The `err` field of each message.
    var errors: [String] { events.withLock { $0.compactMap { $0.metadata?["err"]?.description } } }
}
