import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import TestSupport
import Testing

@testable import Web

/// Encrypted connections.
struct TLSConnectionTests {
    /// NIO waits for the client's close_notify for 5 s by default, and RFC 8446, 6.1 requires no wait.
    @Test func `a client that does not answer the end of its encryption does not delay the shutdown`() async throws {
        var configuration = WebConfiguration()
        configuration.tls = try ServerTLS(
            TLSSettings(
                certificate: Self.bytes(of: "web/tls/server.crt"),
                key: Self.bytes(of: "web/tls/server.key")
            )
        )
        var limits = WebLimits()
        limits.drain = .milliseconds(20)
        let clock = ContinuousClock()
        let begin = try await TestServer.run(.page, limits: limits, access: WebAccess(configuration)) { server in
            let client = try await Self.connect(to: server.address)
            try await client.setOption(.autoRead, value: false).get()
            let begin = clock.now
            await server.group.triggerGracefulShutdown()
            await server.closed()
            return begin
        }
        #expect(clock.now - begin < .seconds(4))
    }

    private static func bytes(of fixture: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: Repository.fixture(fixture))))
    }

    /// Returns a connection whose handshake is complete.
    private static func connect(to address: ListenAddress) async throws -> any Channel {
        guard case .tcp(let host, let port) = address else { throw ChannelError.unknownLocalAddress }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil)
                    )
                }
            }
            .connect(host: host ?? "127.0.0.1", port: Int(port)).get()
        // The written bytes leave after the handshake.
        try await client.writeAndFlush(ByteBuffer(string: "G")).get()
        return client
    }
}
