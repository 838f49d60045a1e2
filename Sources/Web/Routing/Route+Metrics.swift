package import Exposition
import HTTPTypes
import HummingbirdCore
import Notation

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
            of: registry,
            from: ScrapeCoalescer(registry, maxGatherings: options.maxRequests),
            counting: options.exposesOwnMetrics ? ScrapeMetrics(registry) : nil
        )
    }

    static func metrics(
        at path: TelemetryPath,
        of registry: Registry,
        from coalescer: ScrapeCoalescer,
        counting metrics: ScrapeMetrics?
    ) -> Route {
        Route(path.text, metrics: metrics) { request in
            if let families = request.families, let error = UnknownFamilies(families, registry) {
                return .text("\(error)\n", status: .badRequest)
            }
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

/// Names in a query that no family has: a scrape of nothing would look like an exporter that measures nothing.
struct UnknownFamilies: CustomStringConvertible {
    /// Looking for similar names takes time, so a request gets only so many of them.
    private static let maxShown = 3

    let description: String

    /// - Returns: nil if the registry has a family for each name.
    init?(_ names: Set<String>, _ registry: Registry) {
        let unknown = names.filter { !registry.has($0) }.sorted()
        guard !unknown.isEmpty else { return nil }
        let known = registry.names
        let shown = unknown.prefix(Self.maxShown).map { name in
            // No metric has a name of this length.
            let text = name.prefix(100)
            let near = Self.near(String(text), among: known)
            let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
            return "unknown metric \"\(text)\"\(hint)"
        }
        let others = unknown.count - shown.count
        description =
            (shown + (others > 0 ? ["and \(others) more"] : [])).joined(separator: "\n")
            + "\nname[] takes the names of metrics; without it, all are returned"
    }

    /// The name that was probably meant, or those that begin with the text.
    private static func near(_ text: String, among known: [String]) -> [String] {
        let longer = known.filter { !text.isEmpty && $0.hasPrefix(text) }
        return longer.isEmpty ? nearMiss(text, among: known).map { [$0] } ?? [] : Array(longer.prefix(maxShown))
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
