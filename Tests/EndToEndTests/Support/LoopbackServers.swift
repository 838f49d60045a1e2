import Glibc
import Linux
import TestSupport

/// Listens on a port of 127.0.0.1 that the kernel chooses, and passes each connection to a function.
final class LoopbackListener: Sendable {
    let port: UInt16
    private let listener: CInt

    /// - Parameter answer: an error ends the connection.
    init(_ answer: @escaping @Sendable (consuming StreamSocket) throws -> Void) throws {
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
        // Waits without the time limit of the stream, as long as its owner lives.
        let listener = fcntl(stream.descriptor, F_DUPFD_CLOEXEC, 0)
        var forever = timeval()
        unsafe setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &forever, socklen_t(MemoryLayout<timeval>.size))
        self.listener = listener
        BlockingThread.start {
            while case let client = Glibc.accept(listener, nil, nil), client >= 0 {
                try? answer(StreamSocket(adopting: client))
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, CInt(SHUT_RDWR)) }

    private static let endOfHead = Array("\r\n\r\n".utf8)

    /// The head of a request.
    static func head(from client: borrowing StreamSocket) throws -> [UInt8] {
        try client.receive { $0.firstRange(of: endOfHead) != nil }
    }
}

/// A proxy that always requests one format: Prometheus 2.42 has no setting for it.
struct AcceptRewriter: Sendable {
    private let listener: LoopbackListener

    var port: UInt16 { listener.port }

    init(to target: Endpoint, accept: String) throws {
        listener = try LoopbackListener { client in
            // If a client gives up early, its scrape fails.
            let head = try LoopbackListener.head(from: client)
            var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
            lines.removeAll { $0.lowercased().hasPrefix("accept:") || $0.lowercased().hasPrefix("connection:") }
            lines += ["Accept: \(accept)", "Connection: close"]
            let server = try target.connect()
            try server.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
            try client.send(try server.receive())
        }
    }
}

/// Answers every request with the same page.
struct FixedPage: Sendable {
    private let listener: LoopbackListener

    var port: UInt16 { listener.port }

    init(_ body: [UInt8], contentType: String) throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
        listener = try LoopbackListener { client in
            _ = try LoopbackListener.head(from: client)
            try client.send(Array("\(head)Connection: close\r\n\r\n".utf8) + body)
        }
    }
}
