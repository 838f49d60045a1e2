import Exposition
import HTTPTypes

/// Counts scrapes, under the names and with the meaning that Prometheus's Go library gives them.
struct ScrapeMetrics: Sendable {
    enum ErrorCause: String, CaseIterable, Sendable {
        /// The samples could not be had.
        case gathering
        /// They could not be sent.
        case encoding
    }

    private let requests: Family<Counter>
    private let inFlight: Gauge
    private let errors: [ErrorCause: Counter]

    init(_ registry: Registry) {
        requests = registry.counters(
            "promhttp_metric_handler_requests_total",
            help: "Scrapes answered, by HTTP status code; updated after each one, so a scrape does not see itself.",
            labels: ["code"]
        )
        for code in ["200", "500", "503"] { requests.with(code) }
        inFlight = registry.gauge(
            "promhttp_metric_handler_requests_in_flight",
            help: "Scrapes being answered now, the one that reads this included."
        )
        let errors = registry.counters(
            "promhttp_metric_handler_errors_total",
            help: "Scrapes whose samples could not be had (gathering) or not be sent (encoding).",
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
