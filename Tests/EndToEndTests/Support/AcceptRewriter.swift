import Glibc
import Linux

/// A proxy that asks for one format, whatever its client prefers: Prometheus 2.42 cannot be told which to ask for.
final class AcceptRewriter: Sendable {
    let port: UInt16
    private let listener: CInt

    init(to target: Endpoint, accept: String) throws {
        let stream = try StreamSocket(family: AF_INET)
        var name = sockaddr_in.loopback(0)
        try stream.perform(.bind, to: &name)
        guard listen(stream.descriptor, 16) == 0 else { throw SystemError("listen") }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe getsockname(stream.descriptor, name, &length)
            }
        }
        guard result == 0 else { throw SystemError("getsockname") }
        port = UInt16(bigEndian: name.sin_port)
        // Without the limit on waiting that the stream has: it lives as long as its owner.
        let listener = fcntl(stream.descriptor, F_DUPFD_CLOEXEC, 0)
        var forever = timeval()
        unsafe setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &forever, socklen_t(MemoryLayout<timeval>.size))
        self.listener = listener
        BlockingThread.start {
            while case let client = Glibc.accept(listener, nil, nil), client >= 0 {
                // A client that gives up early is not this proxy's problem; the scrape then fails.
                try? Self.relay(StreamSocket(adopting: client), to: target, accept: accept)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, CInt(SHUT_RDWR)) }

    private static func relay(_ client: consuming StreamSocket, to target: Endpoint, accept: String) throws {
        let end = Array("\r\n\r\n".utf8)
        let head = try client.receive { $0.firstRange(of: end) != nil }
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
        lines.removeAll { $0.lowercased().hasPrefix("accept:") || $0.lowercased().hasPrefix("connection:") }
        lines += ["Accept: \(accept)", "Connection: close"]
        let server = try target.connect()
        try server.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        try client.send(try server.receive())
    }
}
