import Dispatch
import Glibc
import Linux

/// The service manager's end of `NOTIFY_SOCKET`, sd_notify(3).
package final class NotifySocket: Sendable {
    /// The value of the variable: a path, or "@" and a name in the abstract namespace, unix(7).
    package let address: String
    private let descriptor: CInt

    package init(address: String) throws {
        self.address = address
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        // An abstract name begins with a NUL and ends with its length.
        let bytes = Array(address.utf8.map { $0 == UInt8(ascii: "@") ? 0 : $0 })
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + socklen_t(bytes.count)
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard result == 0 else {
            let error = SystemError("bind \(address)")
            close(descriptor)
            throw error
        }
    }

    deinit {
        // Ends receiveAll, whose thread owns a descriptor of its own.
        shutdown(descriptor, CInt(SHUT_RDWR))
        close(descriptor)
    }

    /// Returns the next datagram, or nil if none was sent. A datagram is here as soon as the sender's call returns.
    package func receive() -> String? { Self.receive(from: descriptor, flags: CInt(MSG_DONTWAIT)) }

    /// Passes every datagram to `body` on a thread of its own, until this socket is released; then calls `end`.
    package func receiveAll(_ body: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void) {
        let descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        DispatchQueue(label: "notifications").async {
            // After the shutdown, recv returns 0. No notification is empty.
            while let datagram = Self.receive(from: descriptor, flags: 0), !datagram.isEmpty { body(datagram) }
            end()
            close(descriptor)
        }
    }

    private static func receive(from descriptor: CInt, flags: CInt) -> String? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = unsafe recv(descriptor, &buffer, buffer.count, flags)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
