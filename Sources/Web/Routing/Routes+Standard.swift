package import Exposition

extension Routes {
    /// The pages of an exporter. Metrics at `/` take the landing page's place.
    package init(
        telemetryPath: TelemetryPath = .standard,
        registry: Registry,
        landingPage: LandingPage,
        healthy: @escaping @Sendable () -> Health,
        ready: @escaping @Sendable () -> Health
    ) {
        self.init([
            .metrics(at: telemetryPath, of: registry),
            .landing(landingPage),
            .healthy(healthy),
            .ready(ready),
        ])
    }
}
