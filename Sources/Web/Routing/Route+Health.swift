import HTTPTypes
import HummingbirdCore

/// What a health check finds.
package enum Health: Sendable, Equatable {
    case ok
    case failing(reason: String)
}

extension Route {
    /// Whether the daemon is alive and should be left running. `check` is asked for every request.
    package static func healthy(_ check: @escaping @Sendable () -> Health) -> Route {
        health("healthy", check)
    }

    /// Whether the daemon does its work. `check` is asked for every request.
    package static func ready(_ check: @escaping @Sendable () -> Health) -> Route {
        health("ready", check)
    }

    private static func health(_ word: String, _ check: @escaping @Sendable () -> Health) -> Route {
        Route("/-/\(word)") { _ in
            var response =
                switch check() {
                case .ok: Response.text("\(word)\n")
                case .failing(let reason): Response.text("not \(word): \(reason)\n", status: .serviceUnavailable)
                }
            response.headers[.cacheControl] = "no-store"
            return response
        }
    }
}
