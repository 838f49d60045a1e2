import HTTPTypes
import HummingbirdCore

/// Finds the route that answers a request.
package struct Routes: Sendable {
    private let routes: [String: Route]
    private let notFound = Route("") { _ in .text("not found\n", status: .notFound) }

    /// Of routes with the same path the first one counts.
    ///
    /// - Parameter prefix: what stands before the path of each.
    package init(_ routes: [Route], prefix: RoutePrefix = .none) {
        let pairs = routes.map { (prefix.text + $0.path, $0) } + prefix.redirects.map { ($0.path, $0) }
        self.routes = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    func route(to request: Request) -> Route {
        guard let route = routes[request.uri.path] else { return notFound }
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
