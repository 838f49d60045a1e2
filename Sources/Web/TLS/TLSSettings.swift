import NIOSSL

/// How connections are encrypted, and who may connect, in the words of the exporter toolkit.
package struct TLSSettings: Sendable {
    /// PEM, as read.
    package var certificate: [UInt8]
    package var key: [UInt8]
    /// Whose certificates clients may have; nil: those that the system trusts.
    package var clientCA: [UInt8]?
    package var clientAuthentication = ClientAuthentication.none
    /// One of the names that a client's certificate must have; nil: any.
    package var allowedNames: [String]?
    package var minimumVersion = ProtocolVersion.tls12
    package var maximumVersion = ProtocolVersion.tls13
    /// Of TLS 1.2; none: a selection of strong ones.
    package var cipherSuites: [CipherSuite] = []
    /// None: a selection of strong ones.
    package var curves: [Curve] = []

    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }
}

/// What is asked of clients: Go's tls.ClientAuthType, by its names.
package enum ClientAuthentication: String, CaseIterable, Sendable {
    case none = "NoClientCert"
    case request = "RequestClientCert"
    case requireAny = "RequireAnyClientCert"
    case verifyIfGiven = "VerifyClientCertIfGiven"
    case requireAndVerify = "RequireAndVerifyClientCert"

    package var requiresCertificate: Bool { self == .requireAny || self == .requireAndVerify }
    package var verifies: Bool { self == .verifyIfGiven || self == .requireAndVerify }
}

/// Versions that are safe: RFC 8996 has put an end to 1.0 and 1.1.
package enum ProtocolVersion: String, CaseIterable, Sendable, Comparable {
    case tls12 = "TLS12"
    case tls13 = "TLS13"

    package static func < (one: Self, other: Self) -> Bool { one == .tls12 && other == .tls13 }

    var version: TLSVersion { self == .tls12 ? .tlsv12 : .tlsv13 }
}

package enum Curve: String, CaseIterable, Sendable {
    case p256 = "CurveP256"
    case p384 = "CurveP384"
    case p521 = "CurveP521"
    case x25519 = "X25519"

    var curve: NIOTLSCurve {
        switch self {
        case .p256: .secp256r1
        case .p384: .secp384r1
        case .p521: .secp521r1
        case .x25519: .x25519
        }
    }
}
