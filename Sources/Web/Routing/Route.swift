package import Exposition
package import HTTPTypes
package import HummingbirdCore
import NIOCore

/// A path, the methods that it accepts, and the function that answers.
package struct Route: Sendable {
    package typealias Respond = @Sendable (Request) async throws -> Response

    package let path: String
    /// Whether it also answers for all longer paths.
    var hasSubtree = false
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

/// A set of routes, by path.
package struct Routes: Sendable {
    private let routes: [String: Route]
    private let subtrees: [(path: String, route: Route)]
    private let notFound = Route("") { _ in .text("not found\n", status: .notFound) }

    /// Of routes with the same path the first one counts.
    ///
    /// - Parameter prefix: put before the path of each route.
    package init(_ routes: [Route], prefix: RoutePrefix = .none) {
        let pairs = routes.map { (prefix.text + $0.path, $0) } + prefix.redirects.map { ($0.path, $0) }
        self.routes = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        subtrees = pairs.filter(\.1.hasSubtree).map { (path: $0.0, route: $0.1) }
    }

    /// The routes of an exporter. Where the metrics are at `/`, they replace a page there.
    ///
    /// - Parameter others: further pages, documents and actions.
    package init(
        options: RoutesOptions = RoutesOptions(),
        registry: Registry,
        healthy: @escaping @Sendable () -> Health,
        ready: @escaping @Sendable () -> Health,
        others: [Route] = []
    ) {
        let standard: [Route] = [
            .metrics(at: options.telemetryPath, of: registry, options: options.scrapes),
            .healthy(healthy),
            .ready(ready),
        ]
        self.init(standard + others, prefix: options.prefix)
    }

    func route(to request: Request) -> Route {
        let path = request.uri.path
        guard let route = routes[path] ?? subtrees.first(where: { path.hasPrefix($0.path) })?.route else {
            return notFound
        }
        return route.methods.contains(request.method) ? route : Self.notAllowed(but: route.methods)
    }

    private static func notAllowed(but methods: [HTTPRequest.Method]) -> Route {
        let names = methods.map(\.rawValue)
        return Route("") { _ in
            var response = Response.text(
                "method not allowed; use \(names.joined(separator: " or "))\n",
                status: .methodNotAllowed
            )
            response.headers[.allow] = names.joined(separator: ", ")
            return response
        }
    }
}

/// The paths of an exporter, and its limits on scrapes.
package struct RoutesOptions: Sendable {
    package var telemetryPath = TelemetryPath.standard
    package var prefix = RoutePrefix.none
    package var scrapes = ScrapeOptions()

    package init() {}
}

extension Response {
    package static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                // A browser must not run the text as a script.
                .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
