import Glibc
import Linux
import Logging
import Probing
import Systemd
import Web

extension ExporterDaemon {
    /// The server, bound to what it listens on.
    func bind(
        _ sockets: [InheritedSocket],
        pages: StatusPageSource,
        observation: ObservationService,
        phase: DaemonPhase,
        others: [Route]
    ) async throws -> WebServer {
        let listeners =
            sockets.isEmpty
            ? options.listenAddresses.map(Listener.address)
            : sockets.map { Listener.inherited(descriptor: $0.descriptor) }
        let healthy: @Sendable () -> Health = {
            pages.scheduler.makesProgress ? observation.health() : .failing(reason: "the schedule is stuck")
        }
        return try await WebServer.bind(
            listeners,
            routes: Routes(
                options: options.routes,
                registry: registry,
                statusPage: pages.page,
                rounds: pages.rounds,
                healthy: healthy,
                ready: phase.readiness,
                others: others
            ),
            access: webConfiguration?.access,
            health: options.healthListenAddresses.map(Listener.address),
            healthRoutes: Routes([.healthy(healthy), .ready(phase.readiness)]),
            limits: connectionLimits(),
            logger: logger
        )
    }

    /// As the limit on open files allows; a low one is worth a word, because connections are then closed early.
    private func connectionLimits() -> WebLimits {
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

    func onDemand(_ probing: OnDemandProbing) -> [Route] {
        options.enablesProbe ? [.probe(external: options.externalURL) { try await probing.answer($0) }] : []
    }

    /// What a request may do to the exporter, where that is allowed.
    func lifecycle(_ reloads: ReloadRequests) -> [Route] {
        guard options.enablesLifecycle else { return [] }
        return [
            .reload(external: options.externalURL) {
                switch await reloads.ask() {
                case .reloaded: []
                case .refused(let reasons): reasons
                }
            },
            // As a service manager does: the way to stop is the same, whoever asks.
            .quit(external: options.externalURL) { kill(getpid(), SIGTERM) },
        ]
    }
}
