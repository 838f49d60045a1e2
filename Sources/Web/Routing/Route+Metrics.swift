package import Exposition
import HTTPTypes
import HummingbirdCore

/// How metrics are served.
package struct ScrapeOptions: Sendable, Equatable {
    /// Scrapes that may be prepared at the same time; 0: as many as come. Beyond it the answer is 503. Those that want the
    /// same, in format and families, are one: they share it. A client that is slow to read its answer counts no more:
    /// forty of them would keep everybody else out.
    package var mostRequests = 40
    /// Whether scrapes are counted among the metrics.
    package var exposesOwnMetrics = true

    package init() {}
}

extension Route {
    /// The exposition of `registry`, in the format that suits the client best, or of those of its families that are
    /// named in the query: `name[]=gil_probe_runs_total`, as often as wanted. Counts its scrapes in `registry`.
    package static func metrics(
        at path: TelemetryPath,
        of registry: Registry,
        options: ScrapeOptions = ScrapeOptions()
    ) -> Route {
        metrics(
            at: path,
            from: ScrapeGathering(registry, atMost: options.mostRequests),
            counting: options.exposesOwnMetrics ? ScrapeMetrics(registry) : nil
        )
    }

    static func metrics(
        at path: TelemetryPath,
        from gathering: ScrapeGathering,
        counting metrics: ScrapeMetrics?
    ) -> Route {
        Route(path.text, metrics: metrics) { request in
            let negotiated = NegotiatedFormat(accept: request.headers[.accept])
            let body = await gathering.body(
                for: ScrapeGathering.Wish(
                    format: negotiated.format,
                    families: request.families,
                    coding: request.acceptedCoding
                )
            )
            guard let body else {
                var response = Response.text(
                    "as many scrapes are being prepared as may be at a time; try again later, or raise "
                        + "--web.max-requests\n",
                    status: .serviceUnavailable
                )
                response.headers[.retryAfter] = "1"
                return response
            }
            return Response(
                body,
                headers: [.contentType: negotiated.contentType, .xContentTypeOptions: "nosniff"],
                vary: ["Accept"]
            )
        }
    }
}

extension Request {
    /// The families that the query names; nil where it names none. Brackets may be percent-encoded.
    fileprivate var families: Set<String>? {
        let names = uri.queryParameters.filter { ["name[]", "name%5b%5d"].contains($0.key.lowercased()) }
        return names.isEmpty ? nil : Set(names.map { String($0.value) })
    }
}
