package import HTTPTypes
package import HummingbirdCore

/// What answers on one path.
package struct Route: Sendable {
    package typealias Respond = @Sendable (Request) async throws -> Response

    package let path: String
    let methods: [HTTPRequest.Method]
    let metrics: ScrapeMetrics?
    let respond: Respond

    package init(_ path: String, methods: [HTTPRequest.Method] = [.get, .head], respond: @escaping Respond) {
        self.init(path, methods: methods, metrics: nil, respond: respond)
    }

    init(
        _ path: String,
        methods: [HTTPRequest.Method] = [.get, .head],
        metrics: ScrapeMetrics?,
        respond: @escaping Respond
    ) {
        self.path = path
        self.methods = methods
        self.metrics = metrics
        self.respond = respond
    }
}
