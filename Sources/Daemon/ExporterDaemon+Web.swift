import Probing
import Systemd
import Web

extension ExporterDaemon {
    /// The server, bound to what it listens on.
    func bind(
        _ sockets: [InheritedSocket],
        phase: DaemonPhase,
        scheduler: ProbeScheduler,
        history: RoundHistory
    ) async throws -> WebServer {
        let listeners =
            sockets.isEmpty
            ? options.listenAddresses.map(Listener.address)
            : sockets.map { Listener.inherited(descriptor: $0.descriptor) }
        let page = StatusPageSource(history: history, scheduler: scheduler, telemetryPath: options.telemetryPath)
        let healthy: @Sendable () -> Health = {
            scheduler.makesProgress ? .ok : .failing(reason: "the schedule is stuck")
        }
        return try await WebServer.bind(
            listeners,
            routes: Routes(
                telemetryPath: options.telemetryPath,
                registry: registry,
                statusPage: page.page,
                rounds: { try RoundsDocument.encode(history.contents, timeToNextRound: scheduler.timeToNextRound) },
                healthy: healthy,
                ready: phase.readiness
            ),
            access: webConfiguration?.access,
            health: options.healthListenAddresses.map(Listener.address),
            healthRoutes: Routes([.healthy(healthy), .ready(phase.readiness)]),
            logger: logger
        )
    }
}
