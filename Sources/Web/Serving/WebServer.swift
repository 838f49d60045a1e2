import Glibc
import HummingbirdCore
import Linux
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves routes over HTTP/1 on bound sockets.
///
/// Binding and serving are separate, so that the daemon can report readiness when all of its sockets are bound. Clients
/// that connect before ``run()`` wait in the kernel's queue.
///
/// There is one event loop: scrapes use a fraction of one thread, and every further thread costs memory.
package struct WebServer: Service {
    /// The bound addresses, with the ports that the kernel chose. Inherited sockets of families other than IP and unix are
    /// left out.
    package let addresses: [ListenAddress]

    private let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop
    private let heartbeat: EventLoopHeartbeat
    let sockets: [any Channel]
    private let files: [BoundSocketFile]
    let connections: Connections
    private let accepted: AsyncStream<AcceptedConnection>
    private let limits: WebLimits
    private let logger: Logger
    private let end = Protected(End())

    /// Binds every source, or none.
    ///
    /// - Parameters:
    ///   - access: admits connections and requests; nil: plain HTTP for everybody.
    ///   - health: sources that serve only `healthRoutes`, over plain HTTP to everybody.
    package static func bind(
        _ sources: [ListenSource],
        routes: Routes,
        access: WebAccess? = nil,
        health: [ListenSource] = [],
        healthRoutes: Routes = Routes([]),
        limits: WebLimits = WebLimits(),
        logger: Logger
    ) async throws(ListenError) -> WebServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: EventLoopPrecedence())
        let connections = Connections(maxCount: limits.connections)
        let (accepted, continuation) = AsyncStream.makeStream(of: AcceptedConnection.self)
        func makeAcceptor(_ routes: Routes, _ access: WebAccess?) -> Acceptor {
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
            sources.map { ($0, makeAcceptor(routes, access)) } + health.map { ($0, makeAcceptor(healthRoutes, nil)) }

        var sockets: [any Channel] = []
        var files: [BoundSocketFile] = []
        do throws(ListenError) {
            for (source, acceptor) in all {
                let bootstrap = makeBootstrap(on: group, acceptor: acceptor)
                sockets.append(try await open(source, with: bootstrap, files: &files))
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
            addresses: zip(all, sockets).compactMap { $0.0.address(boundTo: $1.localAddress) },
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
        _ source: ListenSource,
        with bootstrap: ServerBootstrap,
        files: inout [BoundSocketFile]
    ) async throws(ListenError) -> any Channel {
        let descriptor: CInt
        do throws(ListenError.Reason) {
            switch source {
            case .address(.tcp(let host, let port)):
                descriptor = try ListeningSocket.tcp(host: host, port: port).release()
            case .address(.unix(let path, let access)):
                descriptor = try ListeningSocket.unix(path: path, access: access).release()
                if let file = BoundSocketFile(path: path) { files.append(file) }
            case .inherited(let inherited):
                descriptor = try ListeningSocket(adopting: inherited).release()
            }
        } catch {
            throw ListenError(source: source, reason: error)
        }
        do {
            return try await bootstrap.withBoundSocket(descriptor).get()
        } catch {
            let code = (error as? IOError)?.errnoCode ?? EINVAL
            throw ListenError(source: source, reason: .system(SystemError("serve socket", code: code)))
        }
    }

    private static func makeBootstrap(on group: MultiThreadedEventLoopGroup, acceptor: Acceptor) -> ServerBootstrap {
        ServerBootstrap(group: group)
            // Nothing is accepted before the server runs.
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { socket in
                socket.eventLoop.makeCompletedFuture {
                    let pipeline = socket.pipeline.syncOperations
                    try pipeline.addHandler(AcceptErrorHandler(acceptor.connections, logger: acceptor.logger))
                }
            }
            // A client may close its sending side after its last request and still read the answer: shutdown(2).
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer(acceptor.accept)
    }

    private struct End {
        var hasBegun = false
        /// Whether a listening socket has closed before.
        var isLost = false
    }

    /// Serves until its service group shuts down gracefully or its task is cancelled. Only once.
    ///
    /// - Throws: ``LostListener`` if a listening socket has closed.
    package func run() async throws {
        await withTaskExecutorPreference(EventLoopExecutor(loop)) {
            await withTaskCancellationOrGracefulShutdownHandler {
                await serve()
            } onCancelOrGracefulShutdown: {
                drain()
            }
        }
        for file in files { file.remove() }
        heartbeat.stop()
        try await group.shutdownGracefully()
        if end.withLock({ $0.isLost }) { throw LostListener() }
    }

    /// Whether the event loop has run since the last call, for a watchdog.
    package func eventLoopMadeProgress() -> Bool {
        heartbeat.madeProgress()
    }

    private func serve() async {
        await withDiscardingTaskGroup { tasks in
            for socket in sockets {
                // Fails on a socket that was closed by a shutdown before the run.
                socket.setOption(.autoRead, value: true).whenFailure { _ in }
                socket.closeFuture.whenComplete { _ in endUnlessEnding() }
            }
            for await connection in accepted {
                tasks.addTask { await connection.http.handle(value: connection.channel, logger: logger) }
            }
            drain()
            await connections.closed()
            // Remaining tasks answer closed connections.
            tasks.cancelAll()
        }
    }

    /// Stops accepting and ends every connection within the limit: idle ones at once, busy ones after their response, and
    /// new ones after their first request.
    func drain() {
        end.withLock { $0.hasBegun = true }
        loop.execute {
            for socket in sockets { socket.close(promise: nil) }
            connections.quiesce()
            loop.scheduleTask(in: TimeAmount(limits.drain)) { connections.close() }
        }
    }

    /// NIO closes a listening socket that it cannot watch any longer (BaseSocketChannel.swift, reregister). Without it
    /// the program could not be scraped, and would run on; so the server ends, and a service manager restarts it.
    private func endUnlessEnding() {
        let isLost = end.withLock { end in
            guard !end.hasBegun else { return false }
            end.isLost = true
            return true
        }
        if isLost { drain() }
    }
}

/// A listening socket has closed while the server was running.
package struct LostListener: Error, CustomStringConvertible {
    package var description: String {
        "a listening socket has closed after an error of epoll_ctl(2) or accept(2): start the exporter again"
    }
}

/// Runs tasks on an event loop, so that one thread reads, answers and writes a request.
///
/// Otherwise every request would hop to Swift's cooperative pool and back, which costs more than a scrape.
private final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
