import NIOHTTP1

/// Why a request is not even looked at.
enum RequestRefusal: Sendable, Equatable {
    case malformed
    case host
    case targetTooLong
    case headersTooLarge
    case body

    /// Of a request that the decoder could not read.
    init(_ error: HTTPParserError) {
        self = error == .headerOverflow ? .headersTooLarge : .malformed
    }

    /// Nil for a request that may be answered.
    init?(_ head: HTTPRequestHead, limits: WebLimits) {
        if head.uri.utf8.count > limits.target {
            self = .targetTooLong
        } else if !Self.hasOneHost(head) {
            self = .host
        } else if head.headers.contains(name: "Transfer-Encoding")
            || head.headers["Content-Length"].contains(where: { $0 != "0" })
        {
            self = .body
        } else {
            return nil
        }
    }

    var status: HTTPResponseStatus {
        switch self {
        case .malformed, .host: .badRequest
        case .targetTooLong: .uriTooLong
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .body: .payloadTooLarge
        }
    }

    var text: String {
        switch self {
        case .malformed: "bad request\n"
        case .host: "bad request; send one Host header\n"
        case .targetTooLong: "the request's target is too long\n"
        case .headersTooLarge: "the request's headers are too long or too many\n"
        case .body: "no request may have a body\n"
        }
    }

    /// HTTP/1.1 wants exactly one, and a value that no proxy can read in another way: RFC 9112, 3.2.
    private static func hasOneHost(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["Host"]
        guard let host = hosts.first else { return head.version != .http1_1 }
        return hosts.count == 1 && host.utf8.allSatisfy(isPartOfHost)
    }

    /// A registered name, an address or an address in brackets, and a port: RFC 3986, 3.2.2.
    private static func isPartOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~%!$&'()*+;=:[]".utf8.contains(byte)
        }
    }
}
