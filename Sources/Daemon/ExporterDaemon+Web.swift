import Linux
import Logging
import Probing
import Systemd
import Web

extension ExporterDaemon {
    /// The server, bound to its addresses.
    func makeWebServer(
        _ sockets: [InheritedSocket],
        pages: ProbingPages,
        statusPages: StatusPages,
        observation: ObservationService,
        phase: DaemonPhase,
        reloads: ReloadRequests
    ) async throws -> WebServer {
        let listeners =
            sockets.isEmpty
            ? options.listenAddresses.map(ListenSource.address)
            : sockets.map { ListenSource.inherited(descriptor: $0.descriptor) }
        let profilePages =
            options.enablesProfile ? ProfilePages(options: options, profiles: observation.currentProfiles).routes : []
        let healthy: @Sendable () -> Health = {
            pages.scheduler.makesProgress ? observation.health() : .failing(reason: "the schedule is stuck")
        }
        return try await WebServer.bind(
            listeners,
            routes: Routes(
                options: options.routes,
                registry: registry,
                healthy: healthy,
                ready: phase.readiness,
                others: statusPages.routes + pages.routes + profilePages + lifecycleRoutes(reloads)
            ),
            access: webConfiguration?.access,
            health: options.healthListenAddresses.map(ListenSource.address),
            healthRoutes: Routes([.healthy(healthy), .ready(phase.readiness)]),
            limits: makeWebLimits(),
            logger: logger
        )
    }

    /// Limits that fit the limit on open files. A low one is logged, because it makes the server close connections early.
    private func makeWebLimits() -> WebLimits {
        guard let limits = try? ProcessLimits.ofThisProcess() else { return WebLimits() }
        let web = WebLimits(openFiles: limits.openFiles)
        if web.connections < WebLimits().connections {
            logger.warning(
                "The limit on open files allows fewer connections; raise LimitNOFILE= or ulimit -n",
                metadata: ["open_files": "\(limits.openFiles)", "connections": "\(web.connections)"]
            )
        }
        return web
    }

    /// The routes that reload the configuration and end the exporter, where the command line enables them.
    private func lifecycleRoutes(_ reloads: ReloadRequests) -> [Route] {
        guard options.enablesLifecycle else { return [] }
        return [
            .reload(external: options.externalURL) { await reloads.ask() },
            .quit(external: options.externalURL) { StopSignals.raise() },
        ]
    }
}
