package import Exposition

extension Routes {
    /// The pages of an exporter. Metrics at `/` take the status page's place.
    package init(
        telemetryPath: TelemetryPath = .standard,
        registry: Registry,
        statusPage: @escaping @Sendable () -> StatusPage,
        rounds: @escaping @Sendable () throws -> [UInt8],
        healthy: @escaping @Sendable () -> Health,
        ready: @escaping @Sendable () -> Health
    ) {
        self.init([
            .metrics(at: telemetryPath, of: registry),
            .status(statusPage),
            .json(at: "/api/v1/rounds", rounds),
            .healthy(healthy),
            .ready(ready),
        ])
    }
}
