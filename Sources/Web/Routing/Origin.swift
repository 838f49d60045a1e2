import HTTPTypes
import HummingbirdCore

/// Where a web page comes from: scheme, host and port, RFC 6454.
struct Origin: Sendable, Hashable {
    private let scheme: String
    private let host: String
    private let port: UInt16

    /// The origin of a URL, or of an `Origin` header; nil for `null` and whatever else has none.
    init?(_ text: some StringProtocol) {
        guard let end = text.firstRange(of: "://"), case let scheme = text[..<end.lowerBound].lowercased(),
            let standard: UInt16 = ["http": 80, "https": 443][scheme]
        else { return nil }
        let authority = text[end.upperBound...].prefix { !"/?#".contains($0) }
        // Brackets around an IPv6 address have colons in them.
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let digits = colon.map { authority[authority.index(after: $0)...] } ?? ""
        guard let port = digits.isEmpty ? standard : UInt16(digits) else { return nil }
        self.scheme = scheme
        host = authority[..<(colon ?? authority.endIndex)].lowercased()
        guard !host.isEmpty else { return nil }
        self.port = port
    }

    /// Whether `authority`, a `Host` header's value, leads here. Which scheme the client used is not known behind a proxy.
    func isOrigin(of authority: String) -> Bool { Origin("\(scheme)://\(authority)") == self }
}

extension Request {
    /// Whether a browser has sent this on behalf of another site's page.
    ///
    /// Browsers send `Sec-Fetch-Site` to trustworthy URLs only (W3C Fetch Metadata, section 2): to https and to this host
    /// itself. To every URL they send `Origin` with POST and PUT (Fetch, "append a request Origin header"), and most pages
    /// have them send `Referer` with GET. Where none of them is there, it is no browser's, or cannot be told from one.
    ///
    /// - Parameter external: where people reach the exporter, if that is not where `Host` says.
    func isFromForeignPage(external: ExternalURL?) -> Bool {
        if let site = header("Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        guard let page = header("Origin") ?? header("Referer") else { return false }
        // "null" is what a sandboxed page or a file on somebody's disk has.
        guard let origin = Origin(page) else { return true }
        if let authority = head.authority, origin.isOrigin(of: authority) { return false }
        return external.flatMap { Origin($0.description) } != origin
    }

    private func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

extension Response {
    static var foreignPage: Response {
        .text(
            "refused to a page of another site; behind a proxy that changes Host, set --web.external-url\n",
            status: .forbidden
        )
    }
}
