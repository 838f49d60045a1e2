import Logging
import ServiceLifecycle
import TestSupport

@testable import Web

/// A server that runs during a test, on a port that the kernel chooses.
struct TestServer: Sendable {
    static let loopback = ListenSource.address(.tcp(host: "127.0.0.1", port: 0))

    let web: WebServer
    let group: ServiceGroup
    let address: ListenAddress

    func connect() throws -> RawClient { try RawClient(address) }

    /// Returns once `count` connections are open.
    func accepted(_ count: Int) async {
        while web.connections.count < count { await Task.yield() }
    }

    /// Returns once no connection is open.
    func closed() async { await web.connections.closed() }

    /// Runs a server during `body`, then stops it and waits for its end.
    static func run<Result: Sendable>(
        _ routes: Routes,
        on source: ListenSource = loopback,
        limits: WebLimits = WebLimits(),
        access: WebAccess? = nil,
        log: RecordedLog = RecordedLog(),
        _ body: @Sendable (TestServer) async throws -> Result
    ) async throws -> Result {
        let web = try await WebServer.bind(
            [source],
            routes: routes,
            access: access,
            limits: limits,
            logger: log.logger
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: web, successTerminationBehavior: .ignore)],
                logger: log.logger
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(try await body(TestServer(web: web, group: group, address: web.addresses[0])))
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }
}

extension Routes {
    /// A page at `/page` with the text "page".
    static let page = Routes([Route("/page") { _ in .text("page") }])
}
