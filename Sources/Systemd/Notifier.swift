import CSystemd
import Glibc
package import Linux

/// Tells the service manager how this program is doing.
///
/// Where nobody asked to be told, without `NOTIFY_SOCKET`, it does nothing. The variable is looked up at every message,
/// so it must stay in the environment; `SystemdEnvironment` says what to keep from child processes.
package struct Notifier: Sendable {
    /// The longest wait for a manager whose queue is full. sd_notify(3) waits for ever, and so for a socket that nobody
    /// reads.
    private static let patience = timeval(tv_sec: 0, tv_usec: 250_000)

    package init() {}

    /// Sends the notifications in one datagram, so that the manager sees them at once.
    package func notify(_ notifications: [Notification]) throws(SystemError) {
        guard let address = Environment.value("NOTIFY_SOCKET") else { return }
        let message = notifications.map(\.assignments).joined(separator: "\n")
        let isUnixSocket = address.hasPrefix("/") || address.hasPrefix("@")
        let code = isUnixSocket ? Self.send(message, to: address) : Self.sdNotify(message)
        guard code == 0 else { throw SystemError("notify systemd of \"\(message)\"", code: code) }
    }

    /// What sd_notify(3) does with a unix socket: a datagram of lines. "@" begins a name in the abstract namespace.
    private static func send(_ message: String, to address: String) -> CInt {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        guard path.count < MemoryLayout.size(ofValue: name.sun_path) else { return ENAMETOOLONG }
        // A name in the file system ends with a NUL, an abstract one with its length: unix(7).
        if address.hasPrefix("@") { path[0] = 0 } else { path.append(0) }
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = (MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + path.count

        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var patience = patience
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(message.utf8)
        let sent = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe sendto(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL), name, socklen_t(length))
            }
        }
        return sent == bytes.count ? 0 : sent < 0 ? errno : EIO
    }

    /// Other addresses, as those of virtual machines (vsock:), and those that are none.
    private static func sdNotify(_ message: String) -> CInt {
        let result = unsafe sd_notify(0, message)
        return result < 0 ? -result : 0
    }
}
