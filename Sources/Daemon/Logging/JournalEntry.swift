import Logging
import Systemd

/// A message as the journal keeps it: systemd.journal-fields(7).
struct JournalEntry {
    let fields: [Journal.Field]

    init(_ event: LogEvent, _ record: LogRecord) {
        var fields = [
            Journal.Field("MESSAGE", Self.message(record)),
            Journal.Field("PRIORITY", "\(Self.priority(event.level))"),
            Journal.Field("SYSLOG_IDENTIFIER", "gil-exporter"),
            Journal.Field("CODE_FILE", event.file),
            Journal.Field("CODE_LINE", "\(event.line)"),
            Journal.Field("CODE_FUNC", event.function),
        ]
        for field in record.fields {
            fields.append(Journal.Field(Self.name(field.key), "\(field.value)"))
            if let event = Self.event(field) { fields.append(Journal.Field("MESSAGE_ID", event.messageID)) }
        }
        self.fields = fields
    }

    private static func event(_ field: LogRecord.Field) -> LogEventID? {
        guard case .stringConvertible(let value) = field.value else { return nil }
        return value as? LogEventID
    }

    /// What journalctl shows, unless told to show the fields; so they are in it, for people. The event is for programs.
    private static func message(_ record: LogRecord) -> String {
        var text = [UInt8](record.message.utf8)
        LogfmtLine.append(fields: record.fields.filter { event($0) == nil }, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The levels of syslog(3).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The journal drops a field whose name has anything but upper-case letters, digits and underscores, or is longer
    /// than 64 characters (src/libsystemd/sd-journal/journal-file.c, journal_field_valid). The prefix keeps ours apart
    /// from those that mean something to it.
    private static func name(_ key: String) -> String {
        let characters = key.utf8.map { byte -> Character in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(Unicode.Scalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                Character(Unicode.Scalar(byte))
            default: "_"
            }
        }
        return String(("GIL_" + characters).prefix(64))
    }
}
