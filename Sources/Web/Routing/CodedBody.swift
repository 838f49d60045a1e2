import Exposition
package import HTTPTypes
package import HummingbirdCore
package import NIOCore

/// The coding of a body on its way: RFC 9110, 8.4.1.
package enum ContentCoding: Sendable, Hashable {
    case identity
    case gzip

    /// Chooses gzip for a client that names it and does not prefer the plain body: RFC 9110, 12.5.3.
    ///
    /// - Parameter acceptEncoding: the header's value, several of them joined by commas; nil without one.
    init(acceptEncoding: String?) {
        var gzip = 0.0
        var identity = 0.0
        for member in (acceptEncoding ?? "").lowercased().split(separator: ",") {
            let parts = member.split(separator: ";").map(\.trimmed)
            var weight = 1.0
            for parameter in parts.dropFirst() where parameter.hasPrefix("q=") {
                // An invalid weight counts as a refusal.
                weight = Double(qualityValue: parameter.dropFirst(2)) ?? 0
            }
            switch parts.first {
            // "x-gzip" is an alias of "gzip": RFC 9110, 8.4.1.3.
            case "gzip", "x-gzip": gzip = max(gzip, weight)
            case "identity": identity = max(identity, weight)
            default: break
            }
        }
        self = gzip > 0 && gzip >= identity ? .gzip : .identity
    }
}

/// A body in the coding in which it is sent.
package struct CodedBody: Sendable {
    /// A smaller body fits in one packet without compression.
    private static let minCompressedSize = 1024

    let bytes: ByteBuffer
    let coding: ContentCoding

    /// Compresses `plain` if `coding` is gzip and the body is large enough.
    package init(_ plain: ByteBuffer, coding: ContentCoding) {
        if coding == .gzip, plain.readableBytes >= Self.minCompressedSize, let compressed = Gzip.compress(plain) {
            self.bytes = compressed
            self.coding = .gzip
        } else {
            self.bytes = plain
            self.coding = .identity
        }
    }
}

extension Response {
    /// - Parameters:
    ///   - headers: header fields beside Content-Encoding and Vary.
    ///   - vary: request headers beside Accept-Encoding that the body depends on.
    package init(
        _ body: CodedBody,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields,
        vary: [String] = []
    ) {
        var headers = headers
        if body.coding == .gzip { headers[.contentEncoding] = "gzip" }
        // A cache must not answer one client with the format of another.
        headers[.vary] = (vary + ["Accept-Encoding"]).joined(separator: ", ")
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: body.bytes))
    }
}

extension Request {
    package var acceptedCoding: ContentCoding { ContentCoding(acceptEncoding: headers[.acceptEncoding]) }
}
