extension Route {
    /// The status page at `/`, as `page` makes it for every request: nothing of it is kept.
    package static func status(_ page: @escaping @Sendable () -> StatusPage) -> Route {
        Route("/") { request in page().document.response(to: request) }
    }
}
