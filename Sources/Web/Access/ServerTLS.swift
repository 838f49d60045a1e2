import NIOCore
import NIOSSL
import NIOTLS

/// Encryption that is ready for use: certificate and key were parsed and match.
package struct ServerTLS: Sendable {
    private let context: NIOSSLContext
    private let authentication: ClientAuthentication
    private let allowedNames: Set<String>?

    package init(_ settings: TLSSettings) throws(TLSProblem) {
        let certificates = try Self.certificates(settings.certificate, .certificate)
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: settings.key, format: .pem)
        } catch {
            throw TLSProblem(part: .key, message: "no PEM private key without a passphrase found")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = settings.minimumVersion.version
        configuration.maximumTLSVersion = settings.maximumVersion.version
        configuration.applicationProtocols = ["http/1.1"]
        // No wait for the client's close_notify, which a client that reads nothing never sends: RFC 8446, 6.1.
        configuration.shutdownTimeout = .milliseconds(100)
        let ciphers = settings.cipherSuites.compactMap(\.cipher)
        if !ciphers.isEmpty { configuration.cipherSuiteValues = ciphers }
        if !settings.curves.isEmpty { configuration.curves = settings.curves.map(\.curve) }
        configuration.certificateVerification =
            switch settings.clientAuthentication {
            case .none: .none
            case .request, .verifyIfGiven: .optionalVerification
            case .requireAny, .requireAndVerify: .noHostnameVerification
            }
        if let authorities = settings.clientCA {
            configuration.trustRoots = .certificates(try Self.certificates(authorities, .clientCA))
            configuration.sendCANameList = true
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSProblem(
                part: .key,
                message: "the key does not match the certificate or cannot be used with it"
            )
        }
        authentication = settings.clientAuthentication
        allowedNames = settings.allowedNames.map(Set.init)
    }

    /// Whether only clients with certain names may connect.
    package var checksNames: Bool { allowedNames != nil }

    /// The handlers that decrypt a connection, for the front of its pipeline.
    func makeHandlers() -> [any ChannelHandler] {
        let tls =
            switch authentication {
            // The client presents a certificate, but no authority has to vouch for it.
            case .request, .requireAny:
                NIOSSLServerHandler(context: context) { _, verdict in verdict.succeed(.certificateVerified) }
            case .none, .verifyIfGiven, .requireAndVerify: NIOSSLServerHandler(context: context)
            }
        return [tls] + (allowedNames.map { [AllowedClientNamesHandler(tls, allowed: $0)] } ?? [])
    }

    private static func certificates(_ pem: [UInt8], _ part: TLSProblem.Part) throws(TLSProblem) -> [NIOSSLCertificate]
    {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
            if !certificates.isEmpty { return certificates }
        } catch {
            // BoringSSL's error queue would not help the user.
        }
        throw TLSProblem(part: part, message: "no PEM certificate found")
    }
}

/// The reason for which TLS settings are unusable.
package struct TLSProblem: Error, Equatable {
    package enum Part: Sendable, Equatable {
        case certificate
        case key
        case clientCA
    }

    package let part: Part
    package let message: String
}

/// Closes connections of clients whose certificate has none of the allowed names.
///
/// The handshake event arrives before any data of the client. Data that came together with the end of the handshake, or
/// before the client has seen the close, is decrypted all the same, and goes no further than this.
private final class AllowedClientNamesHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let tls: NIOSSLServerHandler
    private let allowed: Set<String>
    private var isAllowed = false

    init(_ tls: NIOSSLServerHandler, allowed: Set<String>) {
        self.tls = tls
        self.allowed = allowed
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            let names = tls.peerCertificate.map(Self.names) ?? []
            isAllowed = !allowed.isDisjoint(with: names)
            guard isAllowed else { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isAllowed { context.fireChannelRead(data) }
    }

    /// The subject alternative names as text: RFC 5280, 4.2.1.6. Names of other kinds have no common text form.
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
