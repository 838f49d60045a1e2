package import Exposition
import HTTPTypes
import HummingbirdCore

/// The settings of the metrics page.
package struct ScrapeOptions: Sendable, Equatable {
    /// The maximum number of scrapes that are gathered at the same time; 0: no limit. Scrapes beyond it get 503.
    ///
    /// Concurrent scrapes of the same format and families share one gathering and count once. A scrape does not count
    /// while its client reads the answer; otherwise forty slow readers would lock everybody else out.
    package var maxRequests = 40
    /// Whether the metrics include those of scrapes.
    package var exposesOwnMetrics = true

    package init() {}
}

extension Route {
    /// Serves `registry` in the format that the client prefers, and counts the scrapes in it.
    ///
    /// The query may select families by name, repeatedly: `name[]=gil_probe_runs_total`.
    package static func metrics(
        at path: TelemetryPath,
        of registry: Registry,
        options: ScrapeOptions = ScrapeOptions()
    ) -> Route {
        metrics(
            at: path,
            from: ScrapeCoalescer(registry, maxGatherings: options.maxRequests),
            counting: options.exposesOwnMetrics ? ScrapeMetrics(registry) : nil
        )
    }

    static func metrics(
        at path: TelemetryPath,
        from coalescer: ScrapeCoalescer,
        counting metrics: ScrapeMetrics?
    ) -> Route {
        Route(path.text, metrics: metrics) { request in
            let negotiated = NegotiatedFormat(accept: request.headers[.accept])
            let key = ScrapeCoalescer.Key(
                format: negotiated.format,
                families: request.families,
                coding: request.acceptedCoding
            )
            guard let body = await coalescer.body(for: key) else {
                var response = Response.text(
                    "too many concurrent scrapes; retry later or raise --web.max-requests\n",
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
    /// The families that the query names; nil if it names none. The brackets may be percent-encoded.
    fileprivate var families: Set<String>? {
        let names = uri.queryParameters.filter { ["name[]", "name%5b%5d"].contains($0.key.lowercased()) }
        return names.isEmpty ? nil : Set(names.map { String($0.value) })
    }
}

/// Metrics of the scrapes themselves, by the names that Prometheus's Go library gives them.
struct ScrapeMetrics: Sendable {
    enum ErrorCause: String, CaseIterable, Sendable {
        /// The metrics could not be gathered.
        case gathering
        /// The response could not be sent.
        case encoding
    }

    private let requests: Family<Counter>
    private let inFlight: Gauge
    private let errors: [ErrorCause: Counter]

    init(_ registry: Registry) {
        requests = registry.counters(
            "promhttp_metric_handler_requests_total",
            help: "Answered scrapes, by HTTP status code. Updated after each answer, so a scrape does not see itself.",
            labels: ["code"]
        )
        for code in ["200", "500", "503"] { requests.with(code) }
        inFlight = registry.gauge(
            "promhttp_metric_handler_requests_in_flight",
            help: "Scrapes in progress, including the one that reads this value."
        )
        let errors = registry.counters(
            "promhttp_metric_handler_errors_total",
            help: "Failed scrapes, by cause: gathering the metrics or encoding the response.",
            labels: ["cause"]
        )
        self.errors = Dictionary(uniqueKeysWithValues: ErrorCause.allCases.map { ($0, errors.with($0.rawValue)) })
    }

    func began() { inFlight.add(1) }

    func ended(_ status: HTTPResponse.Status) {
        inFlight.add(-1)
        requests.with(String(status.code)).increment()
    }

    func failed(_ cause: ErrorCause) { errors[cause]?.increment() }
}
