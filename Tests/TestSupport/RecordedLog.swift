import Linux
package import Logging

/// A log that keeps every record for a test to read.
package final class RecordedLog: Sendable {
    package struct Entry: Sendable, Equatable {
        package let level: Logger.Level
        package let message: String
        package let metadata: [String: String]
    }

    private let recorded = Protected<[Entry]>([])

    package init() {}

    package var entries: [Entry] { recorded.withLock { $0 } }

    package var messages: [String] { entries.map(\.message) }

    /// The `err` field of each record that has one.
    package var errors: [String] { entries.compactMap { $0.metadata["err"] } }

    /// A logger that writes to this log, from level trace up.
    package var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
            let entry = Entry(level: event.level, message: event.message.description, metadata: metadata)
            log.recorded.withLock { $0.append(entry) }
        }
    }
}
