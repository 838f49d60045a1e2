import NIOCore
import NIOHTTP1

/// Keeps requests that are malformed or too large away from everything behind it.
///
/// Behind it such a request looks like one that the decoder could not read, for which a plain 400 is sent in its turn,
/// after the answers to the requests before it. On its way out it gets its proper status and a word of explanation.
final class RequestRefuser: ChannelDuplexHandler {
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
        // The last response of the connection, and no other, is the one to what was refused.
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
