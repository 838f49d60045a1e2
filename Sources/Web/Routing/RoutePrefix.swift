import HTTPTypes
import HummingbirdCore

/// What stands before the path of every route, for a proxy that hands requests on as they are.
package struct RoutePrefix: Sendable, Hashable, CustomStringConvertible {
    package static let none = RoutePrefix(unchecked: "")

    /// Empty, or with a slash at its beginning and none at its end.
    let text: String

    /// - Parameter text: a path; slashes at its ends make no difference.
    package init(_ text: String) throws(RoutePrefixError) {
        guard text.isPlainPath else { throw RoutePrefixError(text: text) }
        let words = text.split(separator: "/")
        self.text = words.map { "/\($0)" }.joined()
    }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text.isEmpty ? "/" : text }

    /// Where a route is as somebody sees it for whom this prefix stands before all of them.
    package func path(of route: String) -> String { text + route }

    /// From where nothing is to where the status page is.
    var redirects: [Route] {
        guard !text.isEmpty else { return [] }
        return ["/", text].map { path in
            Route(path) { [text] _ in Response(status: .found, headers: [.location: "\(text)/"]) }
        }
    }
}

/// A prefix that no path can have.
package struct RoutePrefixError: Error, Equatable, CustomStringConvertible {
    package let text: String

    package var description: String {
        "route prefix \"\(text)\": has a character that a URL's path cannot have as it is; write a path such as /gil"
    }
}

extension String {
    /// Whether it has only characters of a path that need no percent encoding, RFC 3986, 3.3: a request is compared as
    /// it is sent.
    var isPlainPath: Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "/-._~!$&'()*+,;=:@".utf8.contains(byte)
            }
        }
    }
}
