/// The URL at which people reach the exporter, through a proxy for one: links on pages lead below it.
package struct ExternalURL: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// What stands before every path in it.
    package let prefix: RoutePrefix

    package init(_ text: String) throws(ExternalURLError) {
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw ExternalURLError(text: text)
        }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains(where: { "?#@".contains($0) }) else { throw ExternalURLError(text: text) }
        do throws(RoutePrefixError) {
            prefix = try RoutePrefix(String(rest.dropFirst(host.count)))
        } catch {
            throw ExternalURLError(text: text)
        }
        description = text
    }
}

package struct ExternalURLError: Error, Equatable, CustomStringConvertible {
    package let text: String

    package var description: String {
        "external URL \"\(text)\": must be an http or https URL without query, such as https://example.com/gil/"
    }
}
