import Glibc
import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOHTTP1

/// A connection, with what answers the requests on it.
struct AcceptedConnection: Sendable {
    let http: HTTP1Channel
    let channel: HTTP1Channel.Value
}

/// Makes an accepted socket an HTTP connection and hands it to the server.
struct Acceptor: Sendable {
    let http: HTTP1Channel
    /// Nil: plain HTTP.
    let access: WebAccess?
    let limits: WebLimits
    let connections: Connections
    let accepted: AsyncStream<AcceptedConnection>.Continuation
    let logger: Logger

    /// To be called on the channel's event loop.
    @Sendable
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try setCloseOnExec(channel)
            if let tls = access?.tls { try channel.pipeline.syncOperations.addHandlers(tls.handlers()) }
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { connection in
            do {
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandlers(
                    ConnectionTimeLimits(limits) { [connections] stage in connections.enter(stage, channel) },
                    RequestRefuser(limits),
                    ConnectionPersistence(limits),
                    position: .after(decoder)
                )
            } catch {
                discard(connection)
                throw error
            }
            connections.add(channel, from: ClientSource(channel))
            // The server stops listening before the stream ends, but not when its task is cancelled.
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

    /// Closes a connection that nobody will handle. An async channel that is dropped unused ends the program.
    private func discard(_ connection: HTTP1Channel.Value) {
        Task {
            do {
                try await connection.executeThenClose { _, _ in }
            } catch {
                logger.debug("Cannot close a connection", metadata: ["error": "\(error)"])
            }
        }
    }
}
