package import HummingbirdCore

/// What answers GET and HEAD on one path.
package struct Route: Sendable {
    package typealias Respond = @Sendable (Request) async throws -> Response

    package let path: String
    let metrics: ScrapeMetrics?
    let respond: Respond

    package init(_ path: String, respond: @escaping Respond) {
        self.init(path, metrics: nil, respond: respond)
    }

    init(_ path: String, metrics: ScrapeMetrics?, respond: @escaping Respond) {
        self.path = path
        self.metrics = metrics
        self.respond = respond
    }
}
