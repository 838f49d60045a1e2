import Glibc
import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOHTTP1

/// A connection, and the handler of its requests.
struct AcceptedConnection: Sendable {
    let http: HTTP1Channel
    let channel: HTTP1Channel.Value
}

/// Sets up an accepted socket as an HTTP connection and passes it to the server.
struct Acceptor: Sendable {
    let http: HTTP1Channel
    /// Nil: plain HTTP.
    let access: WebAccess?
    let limits: WebLimits
    let connections: Connections
    let accepted: AsyncStream<AcceptedConnection>.Continuation
    let logger: Logger

    /// Runs on the event loop of the channel.
    @Sendable
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try setCloseOnExec(channel)
            if let tls = access?.tls { try channel.pipeline.syncOperations.addHandlers(tls.makeHandlers()) }
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { connection in
            do {
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandlers(
                    TimeoutHandler(limits) { [connections] stage in connections.enter(stage, channel) },
                    RequestValidationHandler(limits),
                    KeepAliveHandler(limits),
                    position: .after(decoder)
                )
            } catch {
                discard(connection)
                throw error
            }
            connections.add(channel, from: ClientSource(channel))
            // The stream ends early only if the server's task is cancelled; otherwise the server stops listening first.
            if case .terminated = accepted.yield(AcceptedConnection(http: http, channel: connection)) {
                discard(connection)
            }
        }
    }

    /// NIO accepts without SOCK_CLOEXEC: accept4(2).
    private func setCloseOnExec(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { (descriptor: NIOBSDSocket.Handle) in
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw SystemError("set close-on-exec") }
        }
    }

    /// Closes a connection that nobody will handle. The process would crash if an async channel were dropped unused.
    private func discard(_ connection: HTTP1Channel.Value) {
        Task {
            do {
                try await connection.executeThenClose { _, _ in }
            } catch {
                logger.debug("Cannot close a connection", metadata: ["err": "\(error)"])
            }
        }
    }
}

/// Pauses accepting after accept(2) has failed, most often for want of descriptors, and closes connections to make room.
///
/// NIO's own `AcceptBackoffHandler` only holds back the next `read`. After a failed accept the last `read` of the channel
/// still counts as pending, so no other follows; the socket stays readable and fails again at once, and the event loop is
/// busy with nothing else. Without `autoRead` NIO stops polling the socket.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// The pause before the next attempt, which is longer if no connection could be closed.
    private static let pauses = (withRoom: TimeAmount.milliseconds(100), without: TimeAmount.seconds(1))
    /// The number of connections to close at a time: one for the next client, the others for files of the process.
    private static let room = 16

    private let connections: Connections
    private let logger: Logger
    private var isPausing = false

    init(_ connections: Connections, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Other errors concern one connection and not the socket, like ECONNABORTED of a client that has left: accept(2).
        guard let error = error as? IOError, error.errnoCode != ECONNABORTED, !isPausing else { return }
        isPausing = true
        logger.error("Cannot accept a connection", metadata: ["err": "\(error)"])
        let isShortage = [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode)
        let hasRoom = isShortage && connections.giveUp(Self.room) > 0
        let pause = hasRoom ? Self.pauses.withRoom : Self.pauses.without
        let socket = context.channel
        // On its event loop an option is set at once. That fails on a closed socket, which needs no pause.
        socket.setOption(.autoRead, value: false).whenFailure { _ in }
        context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            self.isPausing = false
            socket.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }
}
