import Exposition

/// How a body is coded on its way: RFC 9110, 8.4.1.
enum ContentCoding: Sendable, Hashable {
    case identity
    case gzip

    /// Gzip only for a client that asks for it by name, and likes it no less than the plain body: RFC 9110, 12.5.3.
    ///
    /// - Parameter acceptEncoding: the header's value, several of them joined by commas; nil without one.
    init(acceptEncoding: String?) {
        var gzip = 0.0
        var identity = 0.0
        for member in (acceptEncoding ?? "").lowercased().split(separator: ",") {
            let parts = member.split(separator: ";").map(\.trimmed)
            var weight = 1.0
            for parameter in parts.dropFirst() where parameter.hasPrefix("q=") {
                // What makes no sense asks for nothing.
                weight = Double(qualityValue: parameter.dropFirst(2)) ?? 0
            }
            switch parts.first {
            // A recipient takes "x-gzip" for "gzip": RFC 9110, 8.4.1.3.
            case "gzip", "x-gzip": gzip = max(gzip, weight)
            case "identity": identity = max(identity, weight)
            default: break
            }
        }
        self = gzip > 0 && gzip >= identity ? .gzip : .identity
    }
}
