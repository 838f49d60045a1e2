import Dispatch
import ServiceLifecycle
import UnixSignals
import Web

/// Reloads the configuration whenever somebody asks for it, by SIGHUP, over the control socket or over HTTP, and the web
/// configuration when one of its files has changed: one reload after another, so that each reads the file after it was
/// asked for, and each who asked gets the answer to that.
struct ReloadService: Service {
    let reloader: Reloader
    let hangups: Hangups
    /// Nil where there is none: then SIGHUP is the only way to ask.
    let socket: ControlSocket?
    var asked = ReloadRequests()

    func run() async throws {
        let listening = socket?.listen { [asked] in asked.add(.command($0)) }
        await withGracefulShutdownHandler {
            await withTaskGroup { tasks in
                tasks.addTask {
                    for await _ in hangups.signals { asked.add(.signal) }
                }
                if let web = reloader.web {
                    tasks.addTask {
                        for await _ in web.access.fileChanges { asked.add(.fileChange) }
                    }
                }
                for await request in asked.requests {
                    switch request {
                    case .signal: _ = await reloader.reload()
                    case .command(let connection): connection.send(await reloader.reload().answer)
                    case .page(let continuation): continuation.resume(returning: await reloader.reload())
                    case .fileChange: await reloader.reloadWeb()
                    }
                }
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            asked.finish()
        }
        listening?.cancel()
    }
}
