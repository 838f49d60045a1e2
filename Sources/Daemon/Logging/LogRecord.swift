import Linux
import Logging

/// One message as it is written: what both formats have in common.
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

    /// - Parameter layers: metadata from the outermost to that of the message. A key that comes again further in takes
    ///   the place of the former. Within a layer keys are sorted, as dictionaries have no order.
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

    /// A line has each key once, even where a library calls a field as we call the message.
    private static func unreserved(_ key: String) -> String {
        ["time", "level", "source", "msg"].contains(key) ? "field.\(key)" : key
    }

    /// RFC 3339, UTC, to the millisecond.
    var timestamp: String { Timestamp.rfc3339(milliseconds: time) }
}
