import Glibc
import TestSupport
import Testing

@testable import Web

struct WebServerBindingTests {
    @Test func `binding port 0 reports the port that the kernel chose`() async throws {
        try await TestServer.run(.page) { server in
            guard case .tcp("127.0.0.1", let port) = server.address else {
                return #expect(Bool(false), "is \(server.address)")
            }
            #expect(port != 0)
        }
    }

    @Test(.enabled(if: Self.hasIPv6)) func `the wildcard address takes IPv6 and IPv4`() async throws {
        try await TestServer.run(.page, on: .address(.tcp(host: nil, port: 0))) { server in
            guard case .tcp(nil, let port) = server.address else {
                return #expect(Bool(false), "is \(server.address)")
            }
            for host in ["127.0.0.1", "::1"] {
                let response = try await RawClient(.tcp(host: host, port: port)).request("GET", "/page")
                #expect(response.body == "page")
            }
        }
    }

    @Test func `an address in use is refused in one line`() async throws {
        try await TestServer.run(.page) { server in
            let error = await #expect(throws: ListenError.self) {
                try await WebServer.bind([.address(server.address)], routes: .page, logger: RecordedLog().logger)
            }
            #expect(
                error?.description == """
                    listen on \(server.address): address already in use; is another gil-exporter running? \
                    choose another with --web.listen-address
                    """
            )
        }
    }

    @Test func `either every listener is bound or none`() async throws {
        let folder = try TemporaryFolder()
        let sources = [
            ListenSource.address(.unix(path: folder.file("web.sock"))),
            .address(.unix(path: folder.file("missing/web.sock"))),
        ]
        let error = await #expect(throws: ListenError.self) {
            try await WebServer.bind(sources, routes: .page, logger: RecordedLog().logger)
        }
        #expect(error?.source == sources[1])
        #expect(!folder.holds("web.sock"))
    }

    @Test func `a socket file gets the configured mode and group`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("web.sock")
        let access = SocketFileAccess(mode: 0o640, group: "\(getegid())")
        try await TestServer.run(.page, on: .address(.unix(path: path, access: access))) { server in
            var status = stat()
            #expect(unsafe lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o640)
            #expect(status.st_gid == getegid())
            let response = try await RawClient(.unix(path: path)).request("GET", "/page")
            #expect(response.body == "page")
        }
        let unknown = ListenSource.address(.unix(path: path, access: SocketFileAccess(group: "no such group")))
        let error = await #expect(throws: ListenError.self) {
            try await WebServer.bind([unknown], routes: .page, logger: RecordedLog().logger)
        }
        #expect(error?.reason == .unknownGroup("no such group"))
        #expect(!folder.holds("web.sock"))
    }

    @Test func `health listeners serve health pages alone, without authentication`() async throws {
        var configuration = WebConfiguration()
        configuration.users = Users(["alice": try PasswordHash(PasswordHashTests.secret)])
        let web = try await WebServer.bind(
            [TestServer.loopback],
            routes: .page,
            access: WebAccess(configuration),
            health: [TestServer.loopback],
            healthRoutes: Routes([.healthy { .ok }]),
            logger: RecordedLog().logger
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await web.run() }
            let health = try RawClient(web.addresses[1])
            #expect(try await health.request("GET", "/-/healthy").status == 200)
            #expect(try await health.request("GET", "/page").status == 404)
            let response = try await RawClient(web.addresses[0]).request("GET", "/page")
            #expect(response.status == 401)
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    @Test func `clients that connect before the server runs wait`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("web.sock")
        let web = try await WebServer.bind([.address(.unix(path: path))], routes: .page, logger: RecordedLog().logger)
        let client = try RawClient(.unix(path: path))
        try client.send("GET /page HTTP/1.1\r\nHost: test\r\n\r\n")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await web.run() }
            #expect(try await client.response().body == "page")
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    @Test func `an inherited socket is served and its address reported`() async throws {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0).release()
        try await TestServer.run(.page, on: .inherited(descriptor: descriptor)) { server in
            guard case .tcp("127.0.0.1", let port) = server.address else {
                return #expect(Bool(false), "is \(server.address)")
            }
            #expect(port != 0)
            let response = try await server.connect().request("GET", "/page")
            #expect(response.body == "page")
        }
    }

    @Test func `the file of an inherited socket is kept`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("web.sock")
        let descriptor = try ListeningSocket.unix(path: path).release()
        try await TestServer.run(.page, on: .inherited(descriptor: descriptor)) { server in
            #expect(server.address == .unix(path: path))
            let response = try await server.connect().request("GET", "/page")
            #expect(response.body == "page")
        }
        #expect(folder.holds("web.sock"))
    }

    @Test func `child processes inherit no socket, not even accepted ones`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            _ = try await client.request("GET", "/page")
            let sockets = Self.sockets(at: server.address)
            #expect(sockets.count == 2, "one listens, one is connected")
            for socket in sockets { #expect(fcntl(socket, F_GETFD) == FD_CLOEXEC) }
        }
    }

    @Test func `connections send small segments at once`() async throws {
        try await TestServer.run(.page) { server in
            let client = try server.connect()
            _ = try await client.request("GET", "/page")
            let sockets = Self.sockets(at: server.address)
            #expect(sockets.count == 2, "one listens, one is connected")
            for socket in sockets {
                var value: CInt = 0
                var size = socklen_t(MemoryLayout<CInt>.size)
                unsafe getsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &value, &size)
                #expect(value == 1)
            }
        }
    }

    /// The sockets of this process with this local address.
    private static func sockets(at address: ListenAddress) -> [CInt] {
        (0..<4096).filter { localAddress(of: $0) == address }
    }

    private static func localAddress(of descriptor: CInt) -> ListenAddress? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        guard code == 0, address.sin_family == AF_INET else { return nil }
        return .tcp(host: "127.0.0.1", port: address.sin_port.bigEndian)
    }

    private static var hasIPv6: Bool {
        guard let descriptor = try? ListeningSocket.tcp(host: "::1", port: 0).release() else { return false }
        close(descriptor)
        return true
    }
}
