import Glibc
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
            logger: logger
        )
    }

    func onDemand(_ probing: OnDemandProbing) -> [Route] {
        options.enablesProbe ? [.probe { try await probing.answer($0) }] : []
    }

    /// What a request may do to the exporter, where that is allowed.
    func lifecycle(_ reloads: ReloadRequests) -> [Route] {
        guard options.enablesLifecycle else { return [] }
        return [
            .reload {
                switch await reloads.ask() {
                case .reloaded: []
                case .refused(let reasons): reasons
                }
            },
            // As a service manager does: the way to stop is the same, whoever asks.
            .quit { kill(getpid(), SIGTERM) },
        ]
    }
}
