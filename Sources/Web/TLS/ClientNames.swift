import NIOCore
import NIOSSL
import NIOTLS

/// Ends the connections of clients whose certificate has none of the allowed names.
///
/// The event that it waits for comes before anything that the client has sent is passed on.
final class ClientNames: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let tls: NIOSSLServerHandler
    private let allowed: Set<String>

    init(_ tls: NIOSSLServerHandler, allowed: Set<String>) {
        self.tls = tls
        self.allowed = allowed
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            let names = tls.peerCertificate.map(Self.names) ?? []
            guard !allowed.isDisjoint(with: names) else { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The subject alternative names as text: RFC 5280, 4.2.1.6. Those of other kinds than these have no common one.
    private static func names(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName, .email, .uri: String(validating: name.contents, as: UTF8.self)
            case .ipAddress: try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0).ipAddress
            default: nil
            }
        }
    }
}
