import Linux

/// Something that the service manager wants to know, sd_notify(3).
package enum Notification: Sendable, Equatable {
    /// Start-up, or a reload, is complete.
    case ready
    /// A sentence for `systemctl status`.
    case status(String)
    /// The configuration is being reloaded; `ready` follows.
    case reloading
    /// Shutdown has begun.
    case stopping
    /// The program makes progress.
    case watchdog
    /// What the program does now may take so long, even where that is longer than the unit allows; until then there
    /// will be another message.
    case extendTimeout(Duration)
    /// What went wrong, as a number of errno(3), before the program ends with a failure.
    case errno(CInt)

    /// Longer datagrams than 4096 bytes are dropped by the service manager (src/core/manager.c, NOTIFY_BUFFER_MAX).
    /// A sentence is far shorter, and leaves room for the rest of its datagram.
    static let longestStatus = 1024

    /// Lines of "NAME=VALUE".
    var assignments: String {
        switch self {
        case .ready: "READY=1"
        case .status(let text): "STATUS=\(Self.line(text))"
        // The time tells the manager which ready belongs to this reload, and which was sent before: sd_notify(3).
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(KernelClock.monotonic() / 1000)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC=\(max(0, duration.nanoseconds / 1000))"
        case .errno(let code): "ERRNO=\(code)"
        }
    }

    /// The text on one line: a newline in it would begin an assignment of its own, and a NUL would end the message.
    private static func line(_ text: String) -> String {
        var line = ""
        for character in text {
            let printable = character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            let next = printable ? String(character) : " "
            guard line.utf8.count + next.utf8.count <= longestStatus else { break }
            line += next
        }
        return line
    }
}
