import HTTPTypes
import HummingbirdCore
import NIOCore

package enum ProfileAnswer: Sendable {
    /// In the format of pprof, not compressed.
    case profile([UInt8])
    /// There is no such profile, for this reason.
    case unknown(String)
    /// Too many requests wait.
    case busy
}

/// Profiles as pprof, Pyroscope and Parca fetch them.
extension Route {
    /// Longer than any profiler asks for.
    private static let maxSeconds = 300.0

    /// A profile since the start, or with `?seconds=N` of the next N seconds.
    ///
    /// - Parameter external: the address at which people reach the exporter, if `Host` does not name it.
    package static func profile(
        at path: String,
        external: ExternalURL? = nil,
        _ make: @escaping @Sendable (_ seconds: Double?) async throws -> ProfileAnswer
    ) -> Route {
        Route(path, methods: [.get]) { request in try await answer(request, external, make) }
    }

    /// The same for each path below a prefix: the rest of the path names the profile.
    package static func profiles(
        below prefix: String,
        external: ExternalURL? = nil,
        _ make: @escaping @Sendable (_ name: String, _ seconds: Double?) async throws -> ProfileAnswer
    ) -> Route {
        .subtree(prefix) { name, request in
            guard let name else { return .text("the path is not encoded correctly\n", status: .badRequest) }
            return try await answer(request, external) { try await make(name, $0) }
        }
    }

    /// Pages below a prefix: the rest of the path names the page. Nil where there is none.
    package static func pages(
        below prefix: String,
        _ source: @escaping @Sendable (_ name: String, _ nonce: String) throws -> String?
    ) -> Route {
        .subtree(prefix) { name, request in
            let nonce = makeNonce()
            guard let name, let text = try source(name, nonce) else { return .text("not found\n", status: .notFound) }
            return page(text, nonce: nonce, request)
        }
    }

    /// A JSON document that depends on the address, host and port, by which the client reaches the exporter.
    package static func json(
        at path: String,
        _ body: @escaping @Sendable (_ address: String) throws -> [UInt8]
    ) -> Route {
        Route(path) { request in json(try body(request.head.authority ?? ""), request) }
    }

    private static func answer(
        _ request: Request,
        _ external: ExternalURL?,
        _ make: @Sendable (_ seconds: Double?) async throws -> ProfileAnswer
    ) async throws -> Response {
        guard !request.isFromForeignPage(external: external) else { return .foreignPage }
        var seconds: Double?
        if let text = request.uri.queryParameters["seconds"] {
            guard let number = Double(text), number > 0, number <= maxSeconds else {
                return .text("seconds takes a number above 0 and up to 300\n", status: .badRequest)
            }
            seconds = number
        }
        switch try await make(seconds) {
        case .profile(let bytes):
            return Response(
                CodedBody(ByteBuffer(bytes: bytes), coding: request.acceptedCoding),
                headers: [
                    // As net/http/pprof of Go answers; Pyroscope demands it.
                    .contentType: "application/octet-stream",
                    .contentDisposition: "attachment; filename=\"profile.pb\"",
                    .cacheControl: "no-store",
                    .xContentTypeOptions: "nosniff",
                ]
            )
        case .unknown(let reason):
            return .text("\(reason)\n", status: .notFound)
        case .busy:
            var response = Response.text(
                "too many profiles are being taken; retry later\n",
                status: .serviceUnavailable
            )
            response.headers[.retryAfter] = "10"
            return response
        }
    }
}
