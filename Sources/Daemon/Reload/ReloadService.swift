import ConfigurationFiles
import Linux
import Logging
import Probing
import ServiceLifecycle
import Web

/// Reloads the configuration on request, by SIGHUP, over the control socket or over HTTP, and the web configuration
/// when one of its files has changed. Reloads run one after another, so that each reads the file after its request,
/// and each request gets the outcome of its own reload.
struct ReloadService: Service {
    let reloader: Reloader
    let hangups: Hangups
    /// Nil if it could not be created: then only SIGHUP and HTTP request reloads.
    let socket: ControlSocket?
    var requests = ReloadRequests()

    func run() async throws {
        do throws(SystemError) {
            try socket?.listen { [requests] in requests.add(.command($0)) }
        } catch {
            socket?.close()
            reloader.logger.warning(Self.noSocket, metadata: ["err": "\(error)"])
        }
        await withGracefulShutdownHandler {
            await withTaskGroup { tasks in
                tasks.addTask {
                    for await _ in hangups.signals { requests.add(.signal) }
                }
                if let web = reloader.web {
                    tasks.addTask {
                        for await _ in web.access.fileChanges { requests.add(.fileChange) }
                    }
                }
                for await request in requests.stream {
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
            requests.finish()
        }
        socket?.close()
    }

    /// The daemon's work does not depend on the control socket, so a failure is only logged.
    fileprivate static let noSocket: Logger.Message =
        "No control socket: SIGHUP still reloads the configuration, gil-exporter reload cannot"
}

extension ExporterDaemon {
    func makeReloadService(
        hangups: Hangups,
        scheduler: ProbeScheduler,
        observation: ObservationService,
        metrics: ConfigurationMetrics,
        status: StatusLine,
        phase: DaemonPhase,
        requests: ReloadRequests
    ) -> ReloadService {
        let reloader = Reloader(
            file: configurationFile,
            apply: { [options] configuration in
                scheduler.apply(options.probing(configuration))
                observation.apply(configuration.observation)
            },
            web: webConfiguration,
            metrics: metrics,
            status: status,
            phase: phase,
            manager: manager,
            logger: logger
        )
        return ReloadService(reloader: reloader, hangups: hangups, socket: makeControlSocket(), requests: requests)
    }

    private func makeControlSocket() -> ControlSocket? {
        guard let path = options.control.path ?? ControlSocketPath.inRuntimeDirectory else { return nil }
        do {
            return try ControlSocket(path: path)
        } catch {
            logger.warning(ReloadService.noSocket, metadata: ["err": "\(error)"])
            return nil
        }
    }
}
