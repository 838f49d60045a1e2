import CSystemd
import Glibc
package import Linux

/// Sends notifications to the service manager: sd_notify(3).
///
/// Without `NOTIFY_SOCKET` in the environment it does nothing. It reads the variable for every message, so the
/// variable must stay; ``SystemdEnvironment`` lists the variables to hide from child processes.
package struct Notifier: Sendable {
    /// The maximum wait for a manager whose queue is full. sd_notify(3) waits for ever, even if nothing reads the
    /// socket.
    private static let maxWait = Duration.milliseconds(250)

    package init() {}

    /// Sends the notifications in one datagram, so that the manager sees them at once.
    package func notify(_ notifications: [Notification]) throws(SystemError) {
        guard let address = Environment.value("NOTIFY_SOCKET") else { return }
        let message = notifications.map(\.assignments).joined(separator: "\n")
        let isUnixSocket = address.hasPrefix("/") || address.hasPrefix("@")
        let code = isUnixSocket ? Self.send(message, to: address) : Self.sdNotify(message)
        guard code == 0 else { throw SystemError("notify systemd of \"\(message)\"", code: code) }
    }

    /// Sends a datagram of lines, as sd_notify(3) does with a unix socket. "@" begins a name in the abstract namespace.
    private static func send(_ message: String, to address: String) -> CInt {
        do throws(SystemError) {
            let address =
                address.hasPrefix("@")
                ? try UnixSocketAddress(abstractName: String(address.dropFirst()))
                : try UnixSocketAddress(path: address)
            let socket = try UnixSocketAddress.makeSocket(SOCK_DGRAM)
            socket.limitWaits(to: maxWait)
            let (descriptor, bytes) = (socket.number, Array(message.utf8))
            let sent = unsafe address.withSockaddr { name, size in
                unsafe sendto(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL), name, size)
            }
            return sent == bytes.count ? 0 : sent < 0 ? errno : EIO
        } catch {
            return error.code
        }
    }

    /// For other addresses, such as those of virtual machines (vsock:), and for invalid ones.
    private static func sdNotify(_ message: String) -> CInt {
        let result = unsafe sd_notify(0, message)
        return result < 0 ? -result : 0
    }
}

/// A state change that the service manager accepts: sd_notify(3).
package enum Notification: Sendable, Equatable {
    /// Start-up, or a reload, is complete.
    case ready
    /// A sentence for `systemctl status`.
    case status(String)
    /// A reload of the configuration has begun; `ready` follows.
    case reloading
    /// Shutdown has begun.
    case stopping
    /// The program makes progress.
    case watchdog
    /// The current start, reload or stop may take so long, even if the unit allows less. Another message follows in
    /// time.
    case extendTimeout(Duration)
    /// The error number, errno(3), of a failure that ends the program.
    case errno(CInt)

    /// The service manager drops datagrams of more than 4096 bytes (src/core/manager.c, NOTIFY_BUFFER_MAX). A sentence
    /// is far shorter, and leaves room for the rest of its datagram.
    static let maxStatusBytes = 1024

    /// Lines of "NAME=VALUE".
    var assignments: String {
        switch self {
        case .ready: "READY=1"
        case .status(let text): "STATUS=\(Self.line(text))"
        // By the time the manager distinguishes the ready of this reload from an earlier one: sd_notify(3).
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(MonotonicInstant.now.nanoseconds / 1000)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC=\(max(0, duration.nanoseconds / 1000))"
        case .errno(let code): "ERRNO=\(code)"
        }
    }

    /// The text on one line: a newline would begin another assignment, and a NUL would end the message.
    private static func line(_ text: String) -> String {
        var line = ""
        for character in text {
            let printable = character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            let next = printable ? String(character) : " "
            guard line.utf8.count + next.utf8.count <= maxStatusBytes else { break }
            line += next
        }
        return line
    }
}

/// The time in which the service manager expects a sign of life: `WatchdogSec=`, sd_watchdog_enabled(3).
package enum WatchdogInterval {
    /// The shortest accepted interval. A smaller one in the environment could keep the program busy with
    /// notifications, and no manager needs a thousand of them a second.
    static let minimum = Duration.milliseconds(10)

    /// The time after which the manager considers this process hung. Nil if the manager does not watch this process.
    /// Send ``Notification/watchdog`` twice in each interval.
    package static func fromEnvironment() throws(SystemError) -> Duration? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else {
            throw SystemError("read the watchdog interval from WATCHDOG_USEC and WATCHDOG_PID", code: -result)
        }
        guard result > 0 else { return nil }
        let interval = Duration.microseconds(Int64(clamping: microseconds))
        guard interval >= minimum else {
            throw SystemError("use a watchdog interval (WATCHDOG_USEC) of \(microseconds) µs", code: ERANGE)
        }
        return interval
    }
}

/// The variables in which the service manager passes information to the process that it starts.
package enum SystemdEnvironment {
    /// Variables to hide from child processes. A child that sees them would report itself ready, answer the watchdog,
    /// or take its descriptors for sockets.
    package static let variables = [
        // sd_notify(3)
        "NOTIFY_SOCKET",
        // sd_watchdog_enabled(3)
        "WATCHDOG_USEC", "WATCHDOG_PID",
        // sd_listen_fds(3); the last one since systemd 258
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID",
    ]
}
