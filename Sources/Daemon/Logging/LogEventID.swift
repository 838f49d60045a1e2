/// An event that people look for, and that the catalogue explains: `journalctl -x`, `journalctl MESSAGE_ID=…`.
///
/// A message says which it is by the metadata field "event"; lines have its name there, the journal its number as well.
struct LogEventID: Sendable, CustomStringConvertible {
    let description: String
    /// 128 bits at random, in the form that sd-id128(3) gives them; never to be changed or used again.
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
