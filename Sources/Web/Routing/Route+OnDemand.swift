package import Exposition
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A request for metrics that are measured for it.
package struct OnDemandRequest: Sendable {
    /// The parameters in the query of the URL. The first of several with the same name counts.
    package var parameters: [String: String]
    /// The time in which the client needs the answer.
    package var limit: Duration

    package init(parameters: [String: String], limit: Duration) {
        self.parameters = parameters
        self.limit = limit
    }
}

package enum OnDemandAnswer: Sendable {
    case metrics(Registry)
    /// The parameters are invalid, for this reason.
    case invalid(String)
    /// The client may try again after this time, for this reason.
    case later(Duration, reason: String)
}

extension Route {
    /// The answer is ready this many seconds before the client gives up.
    private static let margin = 0.5

    /// Metrics that are measured for each request. Only for GET: HEAD would measure for nothing.
    ///
    /// - Parameter external: the address at which people reach the exporter, if `Host` does not name it.
    package static func metrics(
        at path: String,
        external: ExternalURL? = nil,
        onDemand measure: @escaping @Sendable (OnDemandRequest) async throws -> OnDemandAnswer
    ) -> Route {
        Route(path, methods: [.get]) { request in
            // A page can keep the browser from naming it ("Referrer-Policy"), so this stops most pages and not all. The CPU
            // budget bounds the effect of the others.
            guard !request.isFromForeignPage(external: external) else { return .foreignPage }
            guard let patience = request.scrapeTimeout else {
                return .text("the header X-Prometheus-Scrape-Timeout-Seconds is not a time\n", status: .badRequest)
            }
            let question = OnDemandRequest(
                parameters: request.parameters,
                limit: .seconds(max(0, patience - margin))
            )
            switch try await measure(question) {
            case .metrics(let registry):
                let negotiated = NegotiatedFormat(accept: request.headers[.accept])
                var bytes: [UInt8] = []
                registry.write(negotiated.format, into: &bytes)
                return Response(
                    CodedBody(ByteBuffer(bytes: bytes), coding: request.acceptedCoding),
                    headers: [
                        .contentType: negotiated.contentType, .cacheControl: "no-store",
                        .xContentTypeOptions: "nosniff",
                    ],
                    vary: ["Accept"]
                )
            case .invalid(let reason):
                return .text("\(reason)\n", status: .badRequest)
            case .later(let wait, let reason):
                var response = Response.text("\(reason)\n", status: .tooManyRequests)
                // Whole seconds, and not too early: RFC 9110, 10.2.3.
                response.headers[.retryAfter] = "\(wait.components.seconds + 1)"
                return response
            }
        }
    }
}

extension Request {
    fileprivate var parameters: [String: String] {
        Dictionary(
            uri.queryParameters.map { (String($0.key), String($0.value)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The time after which Prometheus gives up, in seconds; nil where the header that tells it is invalid.
    fileprivate var scrapeTimeout: Double? {
        guard let name = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds"), let text = headers[name] else {
            // The default of Prometheus.
            return 10
        }
        // No scrape has more than an hour, and a much longer time would overflow a duration.
        return Double(text).flatMap { $0 > 0 && $0.isFinite ? min($0, 3600) : nil }
    }
}
