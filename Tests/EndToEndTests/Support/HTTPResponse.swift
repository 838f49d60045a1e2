/// What a server answers to one request on a connection of its own.
struct HTTPResponse: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// - Parameter version: HTTP/1.0 keeps a server from sending the body in chunks.
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
