import Probing
import Systemd
import Web

extension ExporterDaemon {
    /// The server, bound to what it listens on.
    func bind(
        _ sockets: [InheritedSocket],
        phase: DaemonPhase,
        scheduler: ProbeScheduler
    ) async throws -> WebServer {
        let listeners =
            sockets.isEmpty
            ? options.listenAddresses.map(Listener.address)
            : sockets.map { Listener.inherited(descriptor: $0.descriptor) }
        let page = LandingPage(
            name: "gil-exporter",
            summary: "What Python's Global Interpreter Lock costs on this host.",
            version: "\(BuildInfo.version) (\(BuildInfo.revision))",
            links: [
                LandingPage.Link(path: "\(options.telemetryPath)", text: "Metrics"),
                LandingPage.Link(path: "/-/healthy", text: "Health"),
                LandingPage.Link(path: "/-/ready", text: "Readiness"),
            ]
        )
        return try await WebServer.bind(
            listeners,
            routes: Routes(
                telemetryPath: options.telemetryPath,
                registry: registry,
                landingPage: page,
                healthy: { scheduler.makesProgress ? .ok : .failing(reason: "the schedule is stuck") },
                ready: phase.readiness
            ),
            logger: logger
        )
    }
}
