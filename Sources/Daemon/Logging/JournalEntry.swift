import Logging
import Systemd

/// The fields of a message in the journal: systemd.journal-fields(7).
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

    /// The text that journalctl shows by default, so it contains the fields. It omits the event, which is for programs.
    private static func message(_ record: LogRecord) -> String {
        var text = [UInt8](record.message.utf8)
        LogfmtLine.append(fields: record.fields.filter { event($0) == nil }, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The priority of syslog(3).
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

    /// The journal drops fields whose name has other characters than upper-case letters, digits and underscores, or
    /// more than 64 (src/libsystemd/sd-journal/journal-file.c, journal_field_valid). The prefix distinguishes the name
    /// from those that have a meaning for the journal.
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

/// An event that people search for and that the catalogue explains: `journalctl MESSAGE_ID=…`, `journalctl -x`.
///
/// The metadata field "event" identifies it. Lines have its name there; the journal has its number as well.
struct LogEventID: Sendable, CustomStringConvertible {
    let description: String
    /// 128 random bits in the notation of sd-id128(3). Never change or reuse one.
    let messageID: String

    static let started = LogEventID("started", "5b13bad3aeaa496c9627a6abd2f02a6c")
    static let reloadFailed = LogEventID("reload_failed", "c54d7dd9e2004574b01da9dea8a42809")
    static let probeFailed = LogEventID("probe_failed", "ce9ba9e0c7ba4870ab8521939e0dc88d")
    static let disturbed = LogEventID("disturbed", "5f1a2ebe0cb64630ac723f54b3704c21")
    static let undisturbed = LogEventID("undisturbed", "17b869df453f4346892b4fca0185af72")

    static let all = [started, reloadFailed, probeFailed, disturbed, undisturbed]

    private init(_ name: String, _ messageID: String) {
        description = name
        self.messageID = messageID
    }
}
