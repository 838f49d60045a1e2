import Dispatch
import Linux
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import Web

/// With a limit, so that a server that does not end is reported with the name of its test.
@Suite(.timeLimit(.minutes(1)))
struct WebServerTests {
    /// More bytes than a socket buffer holds.
    private static let large = 16 << 20

    @Test func `a request in flight finishes at shutdown, and idle connections close at once`() async throws {
        let entered = Gate()
        let released = Gate()
        let routes = Routes([
            Route("/slow") { _ in
                entered.open()
                await released.passed()
                return .text("slow")
            },
            Route("/page") { _ in .text("page") },
        ])
        var limits = WebLimits()
        // The test decides about the end, not the limit.
        limits.drain = .seconds(60)
        try await TestServer.run(routes, limits: limits) { server in
            let idle = try server.connect()
            _ = try await idle.request("GET", "/page")
            let slow = try server.connect()
            try slow.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n")
            await entered.passed()

            await server.group.triggerGracefulShutdown()
            #expect(try await idle.readToEnd() == "")
            #expect(throws: (any Error).self, "nothing listens any more") { try server.connect() }

            released.open()
            #expect(try await slow.response().body == "slow")
            #expect(try await slow.readToEnd() == "")
        }
    }

    @Test func `a listening socket that closes ends the server with an error`() async throws {
        let web = try await WebServer.bind([TestServer.loopback], routes: .page, logger: RecordedLog().logger)
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await web.run() }
            // Without waiting for it: the event loop may have ended before anybody waits, and would never answer.
            web.sockets[0].close(promise: nil)
            await #expect(throws: LostListener.self) { try await tasks.waitForAll() }
        }
    }

    @Test func `the first request of an open connection is answered during shutdown`() async throws {
        var limits = WebLimits()
        limits.drain = .seconds(60)
        try await TestServer.run(.page, limits: limits) { server in
            let used = try server.connect()
            _ = try await used.request("GET", "/page")
            let unused = try server.connect()
            let begun = try server.connect()
            try begun.send("GET /page HTTP/1.1\r\nHo")
            await server.accepted(3)

            await server.group.triggerGracefulShutdown()
            #expect(try await used.readToEnd() == "")

            try begun.send("st: test\r\n\r\n")
            for (client, response) in [
                (begun, try await begun.response()), (unused, try await unused.request("GET", "/page")),
            ] {
                #expect(response.body == "page")
                #expect(response.headers["connection"] == "close")
                #expect(try await client.readToEnd() == "")
            }
        }
    }

    @Test func `a request that arrived before shutdown on a used connection is answered`() async throws {
        var limits = WebLimits()
        limits.drain = .seconds(60)
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            _ = try await client.request("GET", "/page")
            let sent = DispatchSemaphore(value: 0)
            server.web.loop.execute { sent.wait() }
            server.web.drain()
            try client.send("GET /page HTTP/1.1\r\nHost: test\r\n\r\n")
            sent.signal()
            let response = try await client.response()
            #expect(response.body == "page")
            #expect(response.headers["connection"] == "close")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `connections that do not finish within the drain limit are closed`() async throws {
        let entered = Gate()
        let never = Gate()
        let routes = Routes([
            Route("/stuck") { _ in
                entered.open()
                await never.passed()
                return .text("too late")
            }
        ])
        var limits = WebLimits()
        limits.drain = .milliseconds(20)
        try await TestServer.run(routes, limits: limits) { server in
            let client = try server.connect()
            try client.send("GET /stuck HTTP/1.1\r\nHost: test\r\n\r\n")
            await entered.passed()
            await server.group.triggerGracefulShutdown()
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `shutdown does not wait for a client that reads nothing`() async throws {
        let written = Gate()
        let routes = Routes([
            Route("/large") { _ in
                written.open()
                return .text(String(repeating: "a", count: Self.large))
            }
        ])
        var limits = WebLimits()
        limits.drain = .milliseconds(20)
        try await TestServer.run(routes, limits: limits) { server in
            let client = try server.connect()
            try client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
            await written.passed()
            await server.group.triggerGracefulShutdown()
            await server.web.connections.closed()
            #expect(try await client.readToEnd().utf8.count < Self.large)
        }
    }

    @Test func `the server ends when its task is cancelled`() async throws {
        let web = try await WebServer.bind([TestServer.loopback], routes: .page, logger: RecordedLog().logger)
        let client = try RawClient(web.addresses[0])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await web.run() }
            _ = try await client.request("GET", "/page")
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        #expect(try await client.readToEnd() == "")
    }

    @Test func `the server ends when it is shut down before it runs`() async throws {
        let web = try await WebServer.bind([TestServer.loopback], routes: .page, logger: RecordedLog().logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.cancelAll()
            tasks.addTask { try await web.run() }
            try await tasks.waitForAll()
        }
        #expect(throws: (any Error).self) { try RawClient(web.addresses[0]) }
    }

    @Test func `the server removes its socket file when it ends`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("web.sock")
        try await TestServer.run(.page, on: .address(.unix(path: path))) { server in
            let response = try await server.connect().request("GET", "/page")
            #expect(response.body == "page")
            #expect(folder.holds("web.sock"))
        }
        #expect(!folder.holds("web.sock"))
    }

    @Test(arguments: ["", "GET /page HTTP/1.1\r\nHo"])
    func `an idle connection is closed after the idle limit`(beginning: String) async throws {
        var limits = WebLimits()
        limits.idle = .milliseconds(20)
        try await TestServer.run(.page, limits: limits) { server in
            let client = try server.connect()
            try client.send(beginning)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `the event loop's thread has a shorter time slice than others, if there are any`() async throws {
        let usual = SchedulingPolicy.slice()
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            for _ in 0..<3 { _ = try await client.request("GET", "/page") }
            let slice = try await server.web.loop.submit { SchedulingPolicy.slice() }.get()
            if let usual { #expect(try #require(slice) < usual) } else { #expect(slice == nil) }
        }
    }

    @Test func `the server reports progress of its event loop until it ends`() async throws {
        let web = try await TestServer.run(.page) { server in
            #expect(server.web.eventLoopMadeProgress())
            try await server.web.loop.submit {}.get()
            #expect(server.web.eventLoopMadeProgress())
            return server.web
        }
        #expect(web.eventLoopMadeProgress())
        #expect(web.eventLoopMadeProgress())
    }
}
