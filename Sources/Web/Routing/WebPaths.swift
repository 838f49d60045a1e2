import HTTPTypes
import HummingbirdCore

/// The path of the metrics.
package struct TelemetryPath: Sendable, Hashable, CustomStringConvertible {
    package static let standard = TelemetryPath(unchecked: "/metrics")

    let text: String

    package init(_ text: String) throws(WebPathError) {
        guard text.hasPrefix("/") else { throw WebPathError(.telemetryPath, text, .relative) }
        guard !text.hasPrefix("/-/") else { throw WebPathError(.telemetryPath, text, .reserved) }
        guard text.isPlainPath else { throw WebPathError(.telemetryPath, text, .character) }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text }
}

/// The path before all routes, for a proxy that forwards requests unchanged.
package struct RoutePrefix: Sendable, Hashable, CustomStringConvertible {
    package static let none = RoutePrefix(unchecked: "")

    /// Either empty, or a path that begins with a slash and does not end with one.
    let text: String

    /// - Parameter text: a path; slashes at its ends make no difference.
    package init(_ text: String) throws(WebPathError) {
        guard text.isPlainPath else { throw WebPathError(.routePrefix, text, .character) }
        let words = text.split(separator: "/")
        self.text = words.map { "/\($0)" }.joined()
    }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text.isEmpty ? "/" : text }

    /// The path of a route behind this prefix.
    package func path(of route: String) -> String { text + route }

    /// Redirects from the root, and from the prefix without a slash, to the status page.
    var redirects: [Route] {
        guard !text.isEmpty else { return [] }
        return ["/", text].map { path in
            Route(path) { [text] _ in Response(status: .found, headers: [.location: "\(text)/"]) }
        }
    }
}

/// The URL at which users reach the exporter, for instance through a proxy. Links on pages lead below it.
package struct ExternalURL: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// The path of the URL.
    package let prefix: RoutePrefix

    package init(_ text: String) throws(WebPathError) {
        let error = WebPathError(.externalURL, text, .notPage)
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }) else { throw error }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains(where: { "?#@".contains($0) }),
            let prefix = try? RoutePrefix(String(rest.dropFirst(host.count)))
        else { throw error }
        self.prefix = prefix
        description = text
    }
}

/// An invalid telemetry path, route prefix or external URL.
package struct WebPathError: Error, Equatable, CustomStringConvertible {
    package enum Setting: String, Sendable {
        case telemetryPath = "telemetry path"
        case routePrefix = "route prefix"
        case externalURL = "external URL"
    }

    package enum Problem: Sendable, Equatable {
        case relative
        case reserved
        case character
        case notPage
    }

    package let setting: Setting
    /// The value as the user wrote it.
    package let text: String
    package let problem: Problem

    init(_ setting: Setting, _ text: String, _ problem: Problem) {
        self.setting = setting
        self.text = text
        self.problem = problem
    }

    package var description: String { "\(setting.rawValue) \"\(text)\": \(explanation)" }

    private var explanation: String {
        switch problem {
        case .relative: "must begin with a slash; write /\(text)"
        case .reserved: "paths below /-/ are reserved for pages such as /-/healthy; choose another, such as /metrics"
        case .character: "has a character that a URL path cannot contain; use letters, digits, and -._~/"
        case .notPage: "must be an http or https URL without query, such as https://example.com/gil/"
        }
    }
}

extension String {
    /// Whether no character needs percent encoding in a path, RFC 3986, 3.3. Requests are compared without decoding.
    fileprivate var isPlainPath: Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "/-._~!$&'()*+,;=:@".utf8.contains(byte)
            }
        }
    }
}
