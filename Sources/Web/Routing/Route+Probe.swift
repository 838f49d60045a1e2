package import Exposition
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A probe that somebody asks for.
package struct ProbeRequest: Sendable, Equatable {
    package var runtime: String
    package var probe: String
    /// How long the one who asks waits.
    package var limit: Duration

    package init(runtime: String, probe: String, limit: Duration) {
        self.runtime = runtime
        self.probe = probe
        self.limit = limit
    }
}

package enum ProbeAnswer: Sendable {
    case metrics(Registry)
    /// There is no such probe; with what there is.
    case unknown(String)
    /// It can be asked for again after so long, for this reason.
    case later(Duration, reason: String)
}

extension Route {
    /// The answer is there so much earlier than the client leaves.
    private static let margin = 0.5

    /// Runs a probe for every request: `/probe?runtime=NAME&probe=NAME`. Only for GET: HEAD would run it for nothing.
    ///
    /// - Parameter external: where people reach the exporter, if not where `Host` says.
    package static func probe(
        external: ExternalURL? = nil,
        _ run: @escaping @Sendable (ProbeRequest) async throws -> ProbeAnswer
    ) -> Route {
        Route("/probe", methods: [.get]) { request in
            // A page may be kept from saying where it is ("Referrer-Policy"), so this stops most pages and not all; what
            // the others can do is bounded by the CPU budget.
            guard !request.isFromForeignPage(external: external) else { return .foreignPage }
            let query = request.uri.queryParameters
            guard let runtime = query["runtime"], let probe = query["probe"] else {
                return .text("name both, as in /probe?runtime=native&probe=gil\n", status: .badRequest)
            }
            guard let patience = request.scrapeTimeout else {
                return .text("the header X-Prometheus-Scrape-Timeout-Seconds is no time\n", status: .badRequest)
            }
            let limit = Duration.seconds(max(0, patience - margin))
            switch try await run(ProbeRequest(runtime: String(runtime), probe: String(probe), limit: limit)) {
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
            case .unknown(let text):
                return .text("\(text)\n", status: .badRequest)
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
    /// How long Prometheus waits for the answer; nil where what it says of it is no time.
    fileprivate var scrapeTimeout: Double? {
        guard let name = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds"), let text = headers[name] else {
            // As long as Prometheus waits by default.
            return 10
        }
        // An hour is more than any scrape is given, and a longer time would not fit in a duration at some point.
        return Double(text).flatMap { $0 > 0 && $0.isFinite ? min($0, 3600) : nil }
    }
}
