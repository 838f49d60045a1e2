import Glibc

/// A service manager's end of `NOTIFY_SOCKET`.
struct NotifySocket: ~Copyable {
    /// What goes into the variable: a path, or "@" and a name in the abstract namespace, unix(7).
    let address: String
    private let descriptor: CInt

    init(address: String) throws {
        self.address = address
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        // The abstract namespace's names begin with a NUL and have no end but their length.
        let bytes = Array(address.utf8.map { $0 == UInt8(ascii: "@") ? 0 : $0 })
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + socklen_t(bytes.count)
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw Failure(code: errno) }
    }

    deinit { close(descriptor) }

    /// The next datagram. It is there when the sender's call has returned; nil when nothing was sent.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    private struct Failure: Error { let code: CInt }
}
