import NIOCore
import NIOHTTP1

/// Ends a connection whose client takes too long to send a request's head or to read a response.
///
/// The time of an idle connection, which may be long, begins anew with each request. Without limits of their own for
/// these two, a client that sends or reads a byte now and then could hold a connection and its memory for ever.
final class ConnectionTimeLimits: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: WebLimits
    private let stageChanged: (Connections.Stage) -> Void
    private var unanswered = 0
    /// Nil where nothing is waited for, or only the next request.
    private var deadline: Scheduled<Void>?

    init(_ limits: WebLimits, stageChanged: @escaping (Connections.Stage) -> Void) {
        self.limits = limits
        self.stageChanged = stageChanged
    }

    func handlerAdded(context: ChannelHandlerContext) { limit(limits.head, context) }

    func handlerRemoved(context: ChannelHandlerContext) { lift() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            unanswered += 1
            lift()
            stageChanged(.answering)
        }
        context.fireChannelRead(data)
    }

    /// Something was read. When there is no request that it could be part of, it is the beginning of a head.
    func channelReadComplete(context: ChannelHandlerContext) {
        if unanswered == 0, deadline == nil { limit(limits.head, context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            lift()
            limit(limits.response, context)
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in self.answered() }
            context.write(data, promise: written)
        }
    }

    private func answered() {
        unanswered = max(0, unanswered - 1)
        guard unanswered == 0 else { return }
        lift()
        stageChanged(.idle)
    }

    private func limit(_ time: Duration, _ context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { context.close(promise: nil) }
    }

    private func lift() {
        deadline?.cancel()
        deadline = nil
    }
}
