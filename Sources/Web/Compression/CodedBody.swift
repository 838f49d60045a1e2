import HTTPTypes
import HummingbirdCore
import NIOCore

/// A body as it is sent.
struct CodedBody: Sendable {
    /// Smaller ones fit in one packet either way.
    private static let least = 1024

    let bytes: ByteBuffer
    let coding: ContentCoding

    /// Compresses where that is asked for and worth it.
    init(_ plain: ByteBuffer, coding: ContentCoding) {
        if coding == .gzip, plain.readableBytes >= Self.least, let compressed = Gzip.compress(plain) {
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
    ///   - headers: the others.
    ///   - vary: headers of the request beside Accept-Encoding that the body depends on.
    init(_ body: CodedBody, status: HTTPResponse.Status = .ok, headers: HTTPFields, vary: [String] = []) {
        var headers = headers
        if body.coding == .gzip { headers[.contentEncoding] = "gzip" }
        // A cache must not answer one client with what another one asked for.
        headers[.vary] = (vary + ["Accept-Encoding"]).joined(separator: ", ")
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: body.bytes))
    }
}

extension Request {
    var acceptedCoding: ContentCoding { ContentCoding(acceptEncoding: headers[.acceptEncoding]) }
}
