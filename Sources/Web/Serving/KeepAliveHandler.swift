import NIOCore
import NIOHTTP1

/// Closes a connection after the last response that its client wants: RFC 9112, 9.3.
///
/// By default, HTTP/1.1 keeps a connection open and HTTP/1.0 does not. HTTP/1.0 clients such as HAProxy's plain health
/// check read until the connection ends. This handler is next to the decoder, because handlers further on do not see the
/// version of a request.
///
/// At shutdown the server sends `ChannelShouldQuiesceEvent`. A connection without a request so far stays open for one,
/// because its client may already have sent it.
final class KeepAliveHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case persistent
        /// The last request is awaited or being read.
        case last
        /// The last request was read or is unreadable. Everything after it is ignored.
        case ended
    }

    /// The time for which a client may keep its side open after the server has closed its own.
    ///
    /// If the server closes both sides while bytes of the client are unread, the kernel resets the connection, and the
    /// client may lose the response: RFC 9112, 9.6.
    private static let linger = TimeAmount.seconds(1)

    /// The time for which a used connection stays open for a request in transit when the server stops. It suffices to read
    /// what has arrived, and does not delay the stop.
    private static let grace = TimeAmount.milliseconds(50)

    private var state = State.persistent
    private var requestsLeft: Int
    private var hasServed = false
    private var isReading = false
    /// Requests without an answer so far; a client may send several at once.
    private var unanswered = 0

    init(_ limits: WebLimits) { requestsLeft = limits.requests }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .ended else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            isReading = true
            hasServed = true
            requestsLeft -= 1
            if !head.isKeepAlive || requestsLeft == 0 { state = .last }
        case .body: break
        case .end:
            isReading = false
            if state == .last { state = .ended }
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        guard state == .persistent else { return }
        state = unanswered > 0 && !isReading ? .ended : .last
        guard hasServed, unanswered == 0 else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.grace) {
            if self.unanswered == 0 { self.close(context) }
        }
    }

    /// An unreadable request is the last one, because the beginning of the next is unknown. It gets an answer as well.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            unanswered += 1
            state = .ended
        }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where state != .persistent && unanswered == 1:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            unanswered -= 1
            guard state != .persistent, unanswered == 0 else { return context.write(data, promise: promise) }
            // Closes after the flush: closing drops pending writes.
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in self.close(context) }
            context.write(data, promise: written)
        default:
            context.write(data, promise: promise)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
    }
}
