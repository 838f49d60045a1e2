import NIOCore
import NIOHTTP1

/// Closes a connection whose client takes too long to send the head of a request or to read a response.
///
/// The idle timeout is long and restarts with every byte. Without these two limits a client that sends or reads a byte now
/// and then could hold a connection and its memory for ever.
final class TimeoutHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: WebLimits
    private let stageChanged: (Connections.Stage) -> Void
    private var unanswered = 0
    /// Nil while a request is being answered, or only the next request is awaited.
    private var deadline: Scheduled<Void>?

    init(_ limits: WebLimits, stageChanged: @escaping (Connections.Stage) -> Void) {
        self.limits = limits
        self.stageChanged = stageChanged
    }

    func handlerAdded(context: ChannelHandlerContext) { start(limits.head, context) }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            unanswered += 1
            cancel()
            stageChanged(.answering)
        }
        context.fireChannelRead(data)
    }

    /// Bytes that belong to no request so far are the beginning of a head.
    func channelReadComplete(context: ChannelHandlerContext) {
        if unanswered == 0, deadline == nil { start(limits.head, context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            cancel()
            start(limits.response, context)
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
        cancel()
        stageChanged(.idle)
    }

    private func start(_ limit: Duration, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        deadline = loop.scheduleTask(in: TimeAmount(limit)) { context.close(promise: nil) }
    }

    private func cancel() {
        deadline?.cancel()
        deadline = nil
    }
}
