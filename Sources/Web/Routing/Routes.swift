import HTTPTypes
import HummingbirdCore

/// Finds the route that answers a request.
package struct Routes: Sendable {
    private let routes: [String: Route]
    private let notFound = Route("") { _ in .text("not found\n", status: .notFound) }
    private let methodNotAllowed = Route("") { _ in
        var response = Response.text("method not allowed; use GET or HEAD\n", status: .methodNotAllowed)
        response.headers[.allow] = "GET, HEAD"
        return response
    }

    /// Of routes with the same path the first one counts.
    package init(_ routes: [Route]) {
        self.routes = Dictionary(routes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func route(to request: Request) -> Route {
        guard let route = routes[request.uri.path] else { return notFound }
        return request.method == .get || request.method == .head ? route : methodNotAllowed
    }
}
