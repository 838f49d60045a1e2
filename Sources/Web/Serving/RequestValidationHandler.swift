import NIOCore
import NIOHTTP1

/// Keeps malformed and oversized requests away from the handlers behind it.
///
/// It reports such a request as a parser error. For these, Hummingbird sends a plain 400 after the answers to earlier
/// requests; on its way out this handler replaces the 400 by the proper status and an explanation.
final class RequestValidationHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: WebLimits
    private var refusal: RequestRefusal?

    init(_ limits: WebLimits) { self.limits = limits }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        if case .head(let head) = unwrapInboundIn(data), let refusal = RequestRefusal(head, limits: limits) {
            self.refusal = refusal
            return context.fireErrorCaught(HTTPParserError.unknown)
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard refusal == nil else { return }
        refusal = RequestRefusal(error)
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Only the last response of a connection answers a refused request.
        guard let refusal, case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headers["Connection"] == ["close"]
        else { return context.write(data, promise: promise) }
        head.status = refusal.status
        head.headers.replaceOrAdd(name: "Content-Length", value: "\(refusal.text.utf8.count)")
        head.headers.replaceOrAdd(name: "Content-Type", value: "text/plain; charset=utf-8")
        context.write(wrapOutboundOut(.head(head)), promise: promise)
        let body = context.channel.allocator.buffer(string: refusal.text)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
}

/// The reason for which a request does not reach the routes.
private enum RequestRefusal {
    case malformed
    case host
    case targetTooLong
    case headersTooLarge
    case body

    /// For a request that the decoder could not parse.
    init(_ error: HTTPParserError) {
        self = error == .headerOverflow ? .headersTooLarge : .malformed
    }

    /// Nil for a valid request.
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
        case .host: "bad request; send exactly one valid Host header\n"
        case .targetTooLong: "the request target is too long\n"
        case .headersTooLarge: "the request headers are too long or too many\n"
        case .body: "requests must not have a body\n"
        }
    }

    /// HTTP/1.1 requires exactly one Host header, with a value that every proxy reads alike: RFC 9112, 3.2.
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
