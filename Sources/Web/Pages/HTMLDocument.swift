import HTTPTypes
import HummingbirdCore
import NIOCore

/// A whole page. It loads nothing: its style and its script are in it, and no others are obeyed.
struct HTMLDocument: Sendable {
    var title: String
    /// CSS and JavaScript of ours: constants of the program, which must not contain the end of their element.
    var style: String
    var script: String
    var body: HTML

    /// The page, and the policy that allows its own style and script by a number that nobody can know beforehand:
    /// Content Security Policy Level 3, "Nonces".
    func response(to request: Request) -> Response {
        let nonce = Self.nonce()
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
        let body = ByteBuffer(string: source(nonce: nonce))
        return Response(CodedBody(body, coding: request.acceptedCoding), headers: headers)
    }

    func source(nonce: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.escape(title))</title>
        <style nonce="\(nonce)">
        \(style)</style>
        </head>
        <body>
        \(body.source)
        <script nonce="\(nonce)">
        \(script)</script>
        </body>
        </html>

        """
    }

    /// 128 bits from the system's generator, as many as the specification asks for at least.
    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        let halves = (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }
        return halves.map { String(repeating: "0", count: 16 - $0.utf8.count) + $0 }.joined()
    }
}
