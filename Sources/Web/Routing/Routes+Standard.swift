package import Exposition

/// The paths of an exporter, and its limits on scrapes.
package struct RoutesOptions: Sendable {
    package var telemetryPath = TelemetryPath.standard
    package var prefix = RoutePrefix.none
    package var scrapes = ScrapeOptions()

    package init() {}
}

extension Routes {
    /// The routes of an exporter. Where the metrics are at `/`, they replace a page there.
    ///
    /// - Parameter others: further pages, documents and actions.
    package init(
        options: RoutesOptions = RoutesOptions(),
        registry: Registry,
        healthy: @escaping @Sendable () -> Health,
        ready: @escaping @Sendable () -> Health,
        others: [Route] = []
    ) {
        let standard: [Route] = [
            .metrics(at: options.telemetryPath, of: registry, options: options.scrapes),
            .healthy(healthy),
            .ready(ready),
        ]
        self.init(standard + others, prefix: options.prefix)
    }
}
