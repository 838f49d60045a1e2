import HTTPTypes
import HummingbirdCore

extension Route {
    /// Reads the configuration again.
    ///
    /// - Parameters:
    ///   - external: where people reach the exporter, if not where `Host` says.
    ///   - reload: waits until it is in force; returns what is wrong with it, nothing when it is.
    package static func reload(
        external: ExternalURL? = nil,
        _ reload: @escaping @Sendable () async -> [String]
    ) -> Route {
        lifecycle("/-/reload", external) {
            let problems = await reload()
            guard !problems.isEmpty else { return .text("reloaded\n") }
            let lines = ["the configuration from before stays in force:"] + problems
            return .text(lines.map { "\($0)\n" }.joined(), status: .internalServerError)
        }
    }

    /// Ends the exporter, after this has been answered.
    package static func quit(external: ExternalURL? = nil, _ quit: @escaping @Sendable () -> Void) -> Route {
        lifecycle("/-/quit", external) {
            quit()
            return .text("stopping\n")
        }
    }

    private static func lifecycle(
        _ path: String,
        _ external: ExternalURL?,
        _ act: @escaping @Sendable () async -> Response
    ) -> Route {
        Route(path, methods: [.post, .put]) { request in
            // A page that somebody has open must not do this with their browser.
            guard !request.isFromForeignPage(external: external) else { return .foreignPage }
            return await act()
        }
    }
}
