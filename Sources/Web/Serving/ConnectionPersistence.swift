import NIOCore
import NIOHTTP1

/// Ends a connection after the last response that its client wants: RFC 9112, 9.3.
///
/// Without a word about it HTTP/1.1 keeps a connection and HTTP/1.0 does not; a client of the latter, such as HAProxy's
/// plain health check, reads until the connection ends. It stands next to the decoder, because further on a request no
/// longer has a version.
///
/// A server that stops asks for the same with `ChannelShouldQuiesceEvent`: who has been told nothing else may have sent
/// a request by then, so a connection without one yet stays for it.
final class ConnectionPersistence: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case persistent
        /// The last request is being read, or waited for.
        case last
        /// The last request has been read, or cannot be: what follows is none of it.
        case ended
    }

    /// How long a client may take to close its side once we have closed ours.
    ///
    /// Closing both at once with bytes of the client's unread makes the kernel reset the connection, and the client may
    /// lose the response: RFC 9112, 9.6.
    private static let linger = TimeAmount.seconds(1)

    /// How long a connection that was answered before stays for a request that is on its way as the server stops: enough
    /// to read what has arrived, and too short to hold up the stop.
    private static let grace = TimeAmount.milliseconds(50)

    private var state = State.persistent
    /// Until the last.
    private var requestsLeft: Int
    private var hasServed = false
    private var isReading = false
    /// Requests that are not answered yet; a client may send several at once.
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

    /// A request that cannot be read is the last one, for nobody knows where the next begins. It is answered as well.
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
            // Flushed before it closes: a close drops what is still waiting to be written.
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
