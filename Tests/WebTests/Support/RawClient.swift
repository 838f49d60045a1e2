import Glibc
import Linux
import NIOPosix
import Web

@testable import struct Web.InternetAddress

/// A client that sends raw bytes.
///
/// Its calls block, so they run on threads of its own: the cooperative pool has only as many threads as CPUs, and the
/// server needs some of them to shut down.
final class RawClient: Sendable {
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        return threads
    }()

    /// A longer wait is a hang, and fails the test.
    private static let patience = timeval(tv_sec: 10, tv_usec: 0)

    private let descriptor: CInt
    private let unread = Protected<[UInt8]>([])

    init(_ address: ListenAddress) throws {
        let socket: OwnedDescriptor
        switch address {
        case .tcp(let host, let port):
            let name = try InternetAddress(host: host ?? "127.0.0.1", port: port, family: AF_UNSPEC)
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            socket = OwnedDescriptor(adopting: Glibc.socket(name.family, kind, 0))
            let number = socket.number
            guard unsafe name.withAddress({ unsafe connect(number, $0, $1) }) == 0 else {
                throw SystemError("connect to \(address)")
            }
        case .unix(let path, _):
            socket = try UnixSocketAddress.makeSocket()
            try UnixSocketAddress(path: path).connect(socket)
        }
        descriptor = socket.release()
        var patience = Self.patience
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // MSG_NOSIGNAL: a server that has closed must not end the tests with SIGPIPE.
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0x4000) }
            guard count > 0 else { throw SystemError("send") }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Closes the sending side: shutdown(2).
    func finishSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Resets the connection, so that the server sees an error: SO_LINGER of socket(7) with no time.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        // Another socket takes the number, because deinit closes it once more.
        let nothing = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        dup2(nothing, descriptor)
        close(nothing)
    }

    /// Sends a request without a body and waits for the response.
    func request(_ method: String = "GET", _ path: String, headers: [String] = []) async throws -> RawResponse {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: test"] + headers
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return try await response(to: method)
    }

    func response(to method: String = "GET") async throws -> RawResponse {
        try await Self.threads.runIfActive { [self] in
            let head = try readUntil { RawResponse.endOfHead(in: $0) }
            let response = RawResponse(head: head)
            guard method != "HEAD", let length = response.contentLength else { return response }
            return response.with(body: try readUntil { $0.count >= length ? length : nil })
        }
    }

    /// Reads until the server closes or resets the connection.
    func readToEnd() async throws -> String {
        try await Self.threads.runIfActive { [self] in
            while let more = try receive() { unread.withLock { $0 += more } }
            return unread.withLock { bytes in
                defer { bytes = [] }
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    /// Reads until `end` returns the length of the message.
    private func readUntil(_ end: ([UInt8]) -> Int?) throws -> String {
        while true {
            let bytes = unread.withLock { $0 }
            if let count = end(bytes) {
                unread.withLock { $0.removeFirst(count) }
                return String(decoding: bytes.prefix(count), as: UTF8.self)
            }
            guard let more = try receive() else { throw SystemError("read a whole response", code: EPIPE) }
            unread.withLock { $0 += more }
        }
    }

    private func receive() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno != ECONNRESET { throw SystemError("receive") }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}
