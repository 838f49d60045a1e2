import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves routes over HTTP/1 on sockets that are bound already.
///
/// Binding is apart from serving, so that a daemon can say that it is ready once all of its sockets are bound; clients
/// that connect before ``run()`` wait in the kernel's queue.
///
/// One event loop: scrapes use a fraction of what one thread can do, and every further thread costs memory.
package struct WebServer: Service {
    /// What is listened on, with the ports that the kernel chose. Inherited sockets of other families than IP and unix
    /// are left out.
    package let addresses: [ListenAddress]

    let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop
    let heartbeat: EventLoopHeartbeat
    let sockets: [any Channel]
    let files: [UnixSocketFile]
    let connections: Connections
    let accepted: AsyncStream<AcceptedConnection>
    let limits: WebLimits
    let logger: Logger

    /// Serves until its service group shuts down gracefully or its task is cancelled. Only once.
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
    }

    /// Whether the event loop has run since this was asked last; for a watchdog, which asks now and then.
    package func eventLoopMadeProgress() -> Bool {
        heartbeat.madeProgress()
    }

    private func serve() async {
        await withDiscardingTaskGroup { tasks in
            for socket in sockets {
                // Fails on a socket that is closed already, when it is shut down before it has run.
                socket.setOption(.autoRead, value: true).whenFailure { _ in }
            }
            for await connection in accepted {
                tasks.addTask { await connection.http.handle(value: connection.channel, logger: logger) }
            }
            drain()
            await connections.closed()
            // Whoever is still answering has nobody left to answer.
            tasks.cancelAll()
        }
    }

    /// Stops accepting, and ends every connection: idle ones at once, the others after their response, and those that
    /// have sent no request yet after their first; all within the limit.
    func drain() {
        loop.execute {
            for socket in sockets { socket.close(promise: nil) }
            connections.quiesce()
            loop.scheduleTask(in: TimeAmount(limits.drain)) { connections.close() }
        }
    }
}
