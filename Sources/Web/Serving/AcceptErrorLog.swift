import Logging
import NIOCore

/// Logs what keeps a listening socket from accepting connections, most often too many open files: accept(2).
///
/// It comes after `AcceptBackoffHandler`, which lets it happen once a second at most.
final class AcceptErrorLog: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.error("Cannot accept a connection", metadata: ["error": "\(error)"])
    }
}
