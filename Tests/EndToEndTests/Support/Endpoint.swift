import Glibc
import Linux

/// The address of a server.
enum Endpoint: Sendable {
    /// On 127.0.0.1.
    case port(UInt16)
    case path(String)

    /// Connects a socket to it.
    func connect() throws -> StreamSocket {
        switch self {
        case .port(let port):
            let stream = try StreamSocket(family: AF_INET)
            var name = sockaddr_in.loopback(port)
            try stream.perform(.connect, to: &name)
            return stream
        case .path(let path):
            let stream = try StreamSocket(family: AF_UNIX)
            var name = sockaddr_un(path: path)
            try stream.perform(.connect, to: &name)
            return stream
        }
    }
}

/// A stream socket, closed with its value.
struct StreamSocket: ~Copyable {
    let descriptor: CInt

    /// A longer wait is a hang.
    private static let patience = timeval(tv_sec: 20, tv_usec: 0)

    init(family: CInt) throws {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("create socket") }
        self.init(adopting: descriptor)
    }

    init(adopting descriptor: CInt) {
        self.descriptor = descriptor
        var patience = Self.patience
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    enum Operation {
        case bind, connect
    }

    func perform<Name>(_ operation: Operation, to name: inout Name) throws {
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                let length = socklen_t(MemoryLayout<Name>.size)
                return switch operation {
                case .bind: unsafe bind(descriptor, name, length)
                case .connect: unsafe Glibc.connect(descriptor, name, length)
                }
            }
        }
        guard result == 0 else { throw SystemError("\(operation) to \(name)") }
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // MSG_NOSIGNAL: a server that has closed must not end the tests with SIGPIPE.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0x4000) }
            guard count > 0 else { throw SystemError("send") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until `isEnough` holds or the other side closes.
    func receive(until isEnough: ([UInt8]) -> Bool = { _ in false }) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while !isEnough(bytes) {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw SystemError("receive") }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}

extension sockaddr_in {
    static func loopback(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }
}

extension sockaddr_un {
    init(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        // The last byte stays zero.
        let bytes = path.utf8.prefix(MemoryLayout.size(ofValue: sun_path) - 1)
        unsafe withUnsafeMutableBytes(of: &sun_path) { unsafe $0.copyBytes(from: bytes) }
    }
}

/// The answer to one request on a connection of its own.
struct HTTPResponse: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// - Parameter version: with HTTP/1.0 a server does not send the body in chunks.
    static func of(
        _ target: String,
        at endpoint: Endpoint,
        method: String = "GET",
        headers: [String] = [],
        version: String = "HTTP/1.1"
    ) async throws -> HTTPResponse {
        let lines = ["\(method) \(target) \(version)", "Host: localhost", "Connection: close"] + headers
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        let bytes = try await BlockingThread.run {
            let stream = try endpoint.connect()
            try stream.send(request)
            return try stream.receive()
        }
        return try HTTPResponse(bytes)
    }

    private init(_ bytes: [UInt8]) throws {
        let end = Array("\r\n\r\n".utf8)
        guard let border = bytes.firstRange(of: end) else { throw Malformed(bytes) }
        var lines = String(decoding: bytes[..<border.lowerBound], as: UTF8.self).split(separator: "\r\n")[...]
        let statusLine = lines.removeFirst().split(separator: " ")
        guard statusLine.count > 1, let status = Int(statusLine[1]) else { throw Malformed(bytes) }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw Malformed(bytes) }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst().drop { $0 == " " })
        }
        self.headers = headers
        body = Array(bytes[border.upperBound...])
    }

    struct Malformed: Error, CustomStringConvertible {
        let description: String

        init(_ bytes: [UInt8]) {
            description = "no HTTP response: \(String(decoding: bytes.prefix(500), as: UTF8.self))"
        }
    }
}
