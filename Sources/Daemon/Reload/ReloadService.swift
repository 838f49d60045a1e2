import Dispatch
import ServiceLifecycle
import UnixSignals

/// Reloads the configuration whenever somebody asks for it, by SIGHUP or over the control socket: one reload after
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
                for await request in requests {
                    let outcome = reloader.reload()
                    if case .command(let connection) = request { connection.send(outcome.answer) }
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
    }
}
