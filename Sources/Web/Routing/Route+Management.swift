import HTTPTypes
import HummingbirdCore

/// The result of a health check.
package enum Health: Sendable, Equatable {
    case ok
    case failing(reason: String)
}

/// Routes for orchestrators and operators, by the paths of Prometheus's management API.
extension Route {
    /// `/-/healthy`: whether the daemon is alive. An orchestrator restarts it otherwise. Calls `check` for every request.
    package static func healthy(_ check: @escaping @Sendable () -> Health) -> Route {
        makeHealthRoute("healthy", check)
    }

    /// `/-/ready`: whether the daemon works as configured. Calls `check` for every request.
    package static func ready(_ check: @escaping @Sendable () -> Health) -> Route {
        makeHealthRoute("ready", check)
    }

    /// `/-/reload`: reloads the configuration.
    ///
    /// - Parameters:
    ///   - external: the URL at which users reach the exporter, if it differs from `Host`.
    ///   - reload: returns after the new configuration is in force, or was refused.
    package static func reload(
        external: ExternalURL? = nil,
        _ reload: @escaping @Sendable () async -> ReloadOutcome
    ) -> Route {
        makeLifecycleRoute("/-/reload", external) {
            switch await reload() {
            case .reloaded:
                return .text("reloaded\n")
            case .refused(let reasons):
                let lines = ["reload failed; the previous configuration stays in force:"] + reasons
                return .text(lines.map { "\($0)\n" }.joined(), status: .internalServerError)
            }
        }
    }

    /// `/-/quit`: answers, then stops the exporter.
    package static func quit(external: ExternalURL? = nil, _ quit: @escaping @Sendable () -> Void) -> Route {
        makeLifecycleRoute("/-/quit", external) {
            quit()
            return .text("stopping\n")
        }
    }

    private static func makeHealthRoute(_ word: String, _ check: @escaping @Sendable () -> Health) -> Route {
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

    private static func makeLifecycleRoute(
        _ path: String,
        _ external: ExternalURL?,
        _ act: @escaping @Sendable () async -> Response
    ) -> Route {
        Route(path, methods: [.post, .put]) { request in
            // A page of another site must not act through a user's browser.
            guard !request.isFromForeignPage(external: external) else { return .foreignPage }
            return await act()
        }
    }
}

/// The outcome of a reload of the configuration.
package enum ReloadOutcome: Sendable, Equatable {
    /// The content of the files is in force.
    case reloaded
    /// The previous configuration stays in force, for these reasons: one line each.
    case refused([String])
}
