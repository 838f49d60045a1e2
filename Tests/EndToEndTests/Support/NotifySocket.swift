import Glibc
import Linux

/// A service manager's end of `NOTIFY_SOCKET`, sd_notify(3), that writes down every datagram.
final class NotifySocket: Sendable {
    let path: String
    let transcript = Transcript()
    private let descriptor: CInt

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("create socket") }
        var name = sockaddr_un(path: path)
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(descriptor, name, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let error = SystemError("bind \(path)")
            close(descriptor)
            throw error
        }
        BlockingThread.start { [descriptor, transcript] in
            var buffer = [UInt8](repeating: 0, count: 8192)
            // Nothing is received once the socket has been shut down; no notification is empty.
            while case let count = unsafe recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                transcript.append(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
            transcript.complete()
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }
}
