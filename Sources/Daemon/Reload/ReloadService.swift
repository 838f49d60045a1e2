import Dispatch
import ServiceLifecycle
import UnixSignals
import Web

/// Reloads the configuration whenever somebody asks for it, by SIGHUP or over the control socket, and the web
/// configuration when one of its files has changed: one reload after
/// another, so that each reads the file after it was asked for, and each who asked gets the answer to that.
struct ReloadService: Service {
    let reloader: Reloader
    let hangups: Hangups
    /// Nil where there is none: then SIGHUP is the only way to ask.
    let socket: ControlSocket?

    func run() async throws {
        let (requests, asked) = AsyncStream.makeStream(of: Request.self)
        let listening = socket?.listen { asked.yield(.command($0)) }
        await withGracefulShutdownHandler {
            await withTaskGroup { tasks in
                tasks.addTask {
                    for await _ in hangups.signals { asked.yield(.signal) }
                }
                if let web = reloader.web {
                    tasks.addTask {
                        for await _ in web.access.fileChanges { asked.yield(.fileChange) }
                    }
                }
                for await request in requests {
                    switch request {
                    case .signal: _ = reloader.reload()
                    case .command(let connection): connection.send(reloader.reload().answer)
                    case .fileChange: reloader.reloadWeb()
                    }
                }
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            // Those who have asked by now are still answered.
            asked.finish()
        }
        listening?.cancel()
    }

    private enum Request: Sendable {
        case signal
        case command(ControlConnection)
        /// Of the web configuration, or of what it names.
        case fileChange
    }
}
