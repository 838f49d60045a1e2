import Exposition
import Glibc
import HummingbirdCore
import Linux
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport
import Web

extension FuzzTarget {
    /// A connection as a client makes it: the bytes of its requests, and the end of its side. The server runs as in the
    /// daemon, with routes of each kind, on a unix socket.
    static let http = FuzzTarget("http", maxLength: 4096, seconds: 10, testExecutions: 150) { input in
        let answer = try server.exchange(input.all())
        // Every answer begins with a status; nothing is sent without a request.
        try require(answer.isEmpty || answer.starts(with: "HTTP/1.1 ".utf8), "an answer begins with its status")
        try require(!answer.starts(with: "HTTP/1.1 500".utf8), "no request is the server's fault")
    }

    private static let server = FuzzedServer()
}

/// The real server, which runs as long as this process.
private final class FuzzedServer: Sendable {
    private let folder: TemporaryFolder
    private let address: UnixSocketAddress

    init() {
        do {
            folder = try TemporaryFolder()
            let path = folder.file("http")
            address = try UnixSocketAddress(path: path)
            let isServing = Monitor(false)
            Task {
                do {
                    var logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
                    logger.logLevel = .critical
                    let web = try await WebServer.bind(
                        [.address(.unix(path: path))],
                        routes: Self.routes,
                        logger: logger
                    )
                    isServing.update { $0 = true }
                    try await web.run()
                } catch {
                    fatalError("no server: \(error)")
                }
            }
            _ = isServing.wait { $0 }
        } catch {
            fatalError("no server: \(error)")
        }
    }

    /// Sends bytes, closes the sending side, and reads until the server closes.
    func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
        let socket = try UnixSocketAddress.makeSocket()
        // A server that neither answers nor closes fails the input.
        socket.limitWaits(to: .seconds(8))
        try address.connect(socket)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe send(socket.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            // The server may have refused the beginning, and closed.
            guard count > 0 else { break }
            sent += count
        }
        shutdown(socket.number, CInt(SHUT_WR))
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe recv(socket.number, &chunk, chunk.count, 0)
            // libFuzzer's timer interrupts system calls.
            if count < 0, errno == EINTR { continue }
            if count == 0 || count < 0 && errno == ECONNRESET { return answer }
            guard count > 0 else { throw FuzzFailure(description: "the server neither answers nor closes") }
            answer += chunk.prefix(count)
        }
    }

    private static let routes: Routes = {
        let registry = Registry()
        registry.gauges("gil_gauge_seconds", help: "A gauge.", unit: .seconds, labels: ["group"]).with("web").set(1.5)
        return Routes(
            registry: registry,
            healthy: { .ok },
            ready: { .failing(reason: "fuzzing") },
            others: [
                .page(at: "/") { nonce in "<html><style nonce=\"\(nonce)\"></style></html>" },
                .json(at: "/api/v1/x") { Array("{}".utf8) },
                .json(at: "/api/v1/targets") { address in Array("[\(address.debugDescription)]".utf8) },
                .reload { .reloaded },
                .metrics(at: "/probe") { request in
                    guard request.parameters["runtime"] != nil else { return .invalid("no runtime") }
                    return request.limit > .seconds(5) ? .metrics(registry) : .later(request.limit, reason: "later")
                },
                .profile(at: "/debug/pprof/block") { seconds in .profile(Array("\(seconds ?? 0)".utf8)) },
                .profiles(below: "/profile/") { name, _ in name.isEmpty ? .busy : .unknown(name) },
                .pages(below: "/documents/") { name, _ in name == "metrics" ? "<p>" : nil },
            ]
        )
    }()
}
