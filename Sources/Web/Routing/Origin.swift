import HTTPTypes
package import HummingbirdCore

/// The origin of a web page: scheme, host and port, RFC 6454.
struct Origin: Sendable, Hashable {
    private let scheme: String
    private let host: String
    private let port: UInt16

    /// The origin of a URL or of an `Origin` header; nil for `null` and every other text without one.
    init?(_ text: some StringProtocol) {
        guard let end = text.firstRange(of: "://"), case let scheme = text[..<end.lowerBound].lowercased(),
            let standard: UInt16 = ["http": 80, "https": 443][scheme]
        else { return nil }
        let authority = text[end.upperBound...].prefix { !"/?#".contains($0) }
        // The brackets of an IPv6 address contain colons.
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let digits = colon.map { authority[authority.index(after: $0)...] } ?? ""
        guard let port = digits.isEmpty ? standard : UInt16(digits) else { return nil }
        self.scheme = scheme
        host = authority[..<(colon ?? authority.endIndex)].lowercased()
        guard !host.isEmpty else { return nil }
        self.port = port
    }

    /// Whether `authority`, the value of a `Host` header, names this origin. Behind a proxy the client's scheme is unknown.
    func isOrigin(of authority: String) -> Bool { Origin("\(scheme)://\(authority)") == self }
}

extension Request {
    /// Whether a browser has sent this request for a page of another site.
    ///
    /// Browsers send `Sec-Fetch-Site` only to trustworthy URLs (W3C Fetch Metadata, section 2): to https, and to their own
    /// host. They send `Origin` to every URL with POST and PUT (Fetch, "append a request Origin header"), and most pages
    /// make them send `Referer` with GET. A request without all three is not recognisable as a browser's.
    ///
    /// - Parameter external: the URL at which users reach the exporter, if it differs from `Host`.
    package func isFromForeignPage(external: ExternalURL?) -> Bool {
        if let site = header("Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        guard let page = header("Origin") ?? header("Referer") else { return false }
        // Sandboxed pages and local files send "null".
        guard let origin = Origin(page) else { return true }
        if let authority = head.authority, origin.isOrigin(of: authority) { return false }
        return external.flatMap { Origin($0.description) } != origin
    }

    private func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

extension Response {
    /// The answer to a request that ``HummingbirdCore/Request/isFromForeignPage(external:)``.
    package static var foreignPage: Response {
        .text(
            "request from a page of another site refused; if a proxy changes Host, set --web.external-url\n",
            status: .forbidden
        )
    }
}
