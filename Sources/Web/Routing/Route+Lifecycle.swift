import HTTPTypes
import HummingbirdCore

extension Route {
    /// Reads the configuration again.
    ///
    /// - Parameter reload: waits until it is in force; returns what is wrong with it, nothing when it is.
    package static func reload(_ reload: @escaping @Sendable () async -> [String]) -> Route {
        lifecycle("/-/reload") {
            let problems = await reload()
            guard !problems.isEmpty else { return .text("reloaded\n") }
            let lines = ["the configuration from before stays in force:"] + problems
            return .text(lines.map { "\($0)\n" }.joined(), status: .internalServerError)
        }
    }

    /// Ends the exporter, after this has been answered.
    package static func quit(_ quit: @escaping @Sendable () -> Void) -> Route {
        lifecycle("/-/quit") {
            quit()
            return .text("stopping\n")
        }
    }

    private static func lifecycle(_ path: String, _ act: @escaping @Sendable () async -> Response) -> Route {
        Route(path, methods: [.post, .put]) { request in
            // A page that somebody has open must not do this with their browser: Fetch Metadata, "Sec-Fetch-Site". Other
            // clients than browsers do not send it.
            let isForeign = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
                .map { $0 != "same-origin" && $0 != "none" }
            guard isForeign != true else { return .text("refused to a page of another site\n", status: .forbidden) }
            return await act()
        }
    }
}
