import HTTPTypes
import HummingbirdCore
import NIOCore

extension Route {
    /// An HTML page.
    ///
    /// - Parameter source: makes the page for each request. The page may have a style and a script of its own, in elements
    ///   with the nonce that is passed; its Content-Security-Policy allows no others, and nothing that the page would load.
    package static func page(
        at path: String,
        _ source: @escaping @Sendable (_ nonce: String) throws -> String
    ) -> Route {
        Route(path) { request in
            let nonce = makeNonce()
            return page(try source(nonce), nonce: nonce, request)
        }
    }

    static func page(_ source: String, nonce: String, _ request: Request) -> Response {
        Response(
            CodedBody(ByteBuffer(string: source), coding: request.acceptedCoding),
            headers: pageHeaders(nonce: nonce)
        )
    }

    /// A JSON document.
    ///
    /// - Parameter body: makes the document for each request.
    package static func json(at path: String, _ body: @escaping @Sendable () throws -> [UInt8]) -> Route {
        Route(path) { request in json(try body(), request) }
    }

    static func json(_ body: [UInt8], _ request: Request) -> Response {
        Response(
            CodedBody(ByteBuffer(bytes: body), coding: request.acceptedCoding),
            headers: [
                .contentType: "application/json",
                .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
            ]
        )
    }

    /// A text that does not change.
    package static func text(at path: String, _ text: String) -> Route { Route(path) { _ in .text(text) } }

    private static func pageHeaders(nonce: String) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .contentSecurityPolicy: """
            default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """,
            .xContentTypeOptions: "nosniff",
            .crossOriginResourcePolicy: "same-origin",
            .cacheControl: "no-store",
        ]
        let others = [
            "Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
        ]
        for (name, value) in others {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }

    /// A number that nobody can predict: 128 bits from the system's generator, the minimum of Content Security Policy
    /// Level 3, "Nonces".
    static func makeNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        let halves = (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }
        return halves.map { String(repeating: "0", count: 16 - $0.utf8.count) + $0 }.joined()
    }
}
