import Glibc
import Logging
import NIOCore

/// Stops accepting for a while when accept(2) has failed, most often because no descriptor is left, and makes room.
///
/// NIO's own `AcceptBackoffHandler` holds back the next `read`. But after an accept that failed the channel's last `read`
/// still counts as pending, so none follows, and the socket, which stays readable, fails again at once: for as long as
/// it lasted, the event loop did nothing else. Without `autoRead` NIO stops asking the kernel about the socket.
final class AcceptBackoff: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Until the next try: longer where nobody could be asked to go.
    private static let pauses = (withRoom: TimeAmount.milliseconds(100), without: TimeAmount.seconds(1))
    /// Connections that are given up at a time: one for who comes next, the others for what the process has to open.
    private static let room = 16

    private let connections: Connections
    private let logger: Logger
    private var isPausing = false

    init(_ connections: Connections, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What is no error of a system call concerns a connection and not the socket, as does one that its client has
        // ended before it was accepted: accept(2).
        guard let error = error as? IOError, error.errnoCode != ECONNABORTED, !isPausing else { return }
        isPausing = true
        logger.error("Cannot accept a connection", metadata: ["error": "\(error)"])
        let isShortage = [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode)
        let hasRoom = isShortage && connections.giveUp(Self.room) > 0
        let pause = hasRoom ? Self.pauses.withRoom : Self.pauses.without
        let socket = context.channel
        // On its event loop an option is set at once. It fails when the socket is closed, and then nothing is left to do.
        socket.setOption(.autoRead, value: false).whenFailure { _ in }
        context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            self.isPausing = false
            socket.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }
}
