import NIOCore
import NIOSSL

/// Encryption that is ready to be used: certificate and key are read, and belong together.
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
            throw TLSProblem(part: .key, message: "there is no PEM private key without a passphrase in it")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = settings.minimumVersion.version
        configuration.maximumTLSVersion = settings.maximumVersion.version
        configuration.applicationProtocols = ["http/1.1"]
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
                message: "the key does not belong to the certificate, or cannot be used with it"
            )
        }
        authentication = settings.clientAuthentication
        allowedNames = settings.allowedNames.map(Set.init)
    }

    /// What decrypts a connection, to be put in front of everything else in its pipeline.
    func handlers() -> [any ChannelHandler] {
        let tls =
            switch authentication {
            // They are asked for, but nobody vouches for them.
            case .request, .requireAny:
                NIOSSLServerHandler(context: context) { _, verdict in verdict.succeed(.certificateVerified) }
            case .none, .verifyIfGiven, .requireAndVerify: NIOSSLServerHandler(context: context)
            }
        return [tls] + (allowedNames.map { [ClientNames(tls, allowed: $0)] } ?? [])
    }

    private static func certificates(_ pem: [UInt8], _ part: TLSProblem.Part) throws(TLSProblem) -> [NIOSSLCertificate]
    {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
            if !certificates.isEmpty { return certificates }
        } catch {
            // BoringSSL's words for it are its error queue, of use to nobody.
        }
        throw TLSProblem(part: part, message: "there is no PEM certificate in it")
    }
}

/// Why connections cannot be encrypted as wanted.
package struct TLSProblem: Error, Equatable {
    package enum Part: Sendable, Equatable {
        case certificate
        case key
        case clientCA
    }

    package let part: Part
    package let message: String
}
