import Glibc
import HummingbirdCore
import Linux
package import Logging
import NIOCore
import NIOPosix

extension WebServer {
    /// Binds every listener, or none.
    ///
    /// - Parameters:
    ///   - access: who is let in; nil: everybody, over plain HTTP.
    ///   - health: listeners that serve `healthRoutes` alone, over plain HTTP to everybody.
    package static func bind(
        _ listeners: [Listener],
        routes: Routes,
        access: WebAccess? = nil,
        health: [Listener] = [],
        healthRoutes: Routes = Routes([]),
        limits: WebLimits = WebLimits(),
        logger: Logger
    ) async throws(ListenError) -> WebServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = Connections(most: limits.connections)
        let (accepted, continuation) = AsyncStream.makeStream(of: AcceptedConnection.self)
        func acceptor(_ routes: Routes, _ access: WebAccess?) -> Acceptor {
            Acceptor(
                http: HTTP1Channel(
                    responder: Responder(routes: routes, access: access, connections: connections, logger: logger)
                        .respond,
                    configuration: HTTP1Channel.Configuration(limits)
                ),
                access: access,
                limits: limits,
                connections: connections,
                accepted: continuation,
                logger: logger
            )
        }
        let all =
            listeners.map { ($0, acceptor(routes, access)) } + health.map { ($0, acceptor(healthRoutes, nil)) }

        var sockets: [any Channel] = []
        var files: [UnixSocketFile] = []
        do throws(ListenError) {
            for (listener, acceptor) in all {
                let bootstrap = bootstrap(on: group, acceptor: acceptor)
                sockets.append(try await open(listener, with: bootstrap, files: &files))
            }
        } catch {
            for socket in sockets { try? await socket.close() }
            for file in files { file.remove() }
            try? await group.shutdownGracefully()
            throw error
        }

        let loop = group.next()
        EventLoopFuture.andAllComplete(sockets.map(\.closeFuture), on: loop).whenComplete { _ in continuation.finish() }
        return WebServer(
            addresses: zip(all, sockets).compactMap { ListenAddress(of: $0.0, boundTo: $1.localAddress) },
            group: group,
            loop: loop,
            heartbeat: EventLoopHeartbeat(loop),
            sockets: sockets,
            files: files,
            connections: connections,
            accepted: accepted,
            limits: limits,
            logger: logger
        )
    }

    private static func open(
        _ listener: Listener,
        with bootstrap: ServerBootstrap,
        files: inout [UnixSocketFile]
    ) async throws(ListenError) -> any Channel {
        let descriptor: CInt
        do throws(ListenError.Reason) {
            switch listener {
            case .address(.tcp(let host, let port)):
                descriptor = try ListeningSocket.tcp(host: host, port: port).release()
            case .address(.unix(let path, let access)):
                descriptor = try ListeningSocket.unix(path: path, access: access).release()
                if let file = UnixSocketFile(path: path) { files.append(file) }
            case .inherited(let inherited):
                descriptor = try ListeningSocket(adopting: inherited).release()
            }
        } catch {
            throw ListenError(listener: listener, reason: error)
        }
        do {
            return try await bootstrap.withBoundSocket(descriptor).get()
        } catch {
            let code = (error as? IOError)?.errnoCode ?? EINVAL
            throw ListenError(listener: listener, reason: .system(SystemError("serve socket", code: code)))
        }
    }

    private static func bootstrap(on group: MultiThreadedEventLoopGroup, acceptor: Acceptor) -> ServerBootstrap {
        ServerBootstrap(group: group)
            // Until the server runs, nothing is accepted.
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { socket in
                socket.eventLoop.makeCompletedFuture {
                    let pipeline = socket.pipeline.syncOperations
                    try pipeline.addHandler(AcceptBackoff(acceptor.connections, logger: acceptor.logger))
                }
            }
            // A client may shut its side down after its last request and still read the answer: shutdown(2).
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer(acceptor.accept)
    }
}
