package import Exposition

/// Which pages an exporter has, and where.
package struct RoutesOptions: Sendable {
    package var telemetryPath = TelemetryPath.standard
    package var prefix = RoutePrefix.none
    package var scrapes = ScrapeOptions()

    package init() {}
}

extension Routes {
    /// The pages of an exporter. Metrics at `/` take the status page's place.
    ///
    /// - Parameter others: those that not every exporter has.
    package init(
        options: RoutesOptions = RoutesOptions(),
        registry: Registry,
        statusPage: @escaping @Sendable () -> StatusPage,
        rounds: @escaping @Sendable () throws -> [UInt8],
        healthy: @escaping @Sendable () -> Health,
        ready: @escaping @Sendable () -> Health,
        others: [Route] = []
    ) {
        let standard: [Route] = [
            .metrics(at: options.telemetryPath, of: registry, options: options.scrapes),
            .status(statusPage),
            .json(at: "/api/v1/rounds", rounds),
            .healthy(healthy),
            .ready(ready),
        ]
        self.init(standard + others, prefix: options.prefix)
    }
}
