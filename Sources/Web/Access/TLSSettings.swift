import NIOSSL

/// Encryption and client authentication, by the terms of the exporter toolkit.
package struct TLSSettings: Sendable {
    /// PEM.
    package var certificate: [UInt8]
    package var key: [UInt8]
    /// PEM of the authorities that issue client certificates; nil: those that the system trusts.
    package var clientCA: [UInt8]?
    package var clientAuthentication = ClientAuthentication.none
    /// A client certificate must have one of these names; nil: any name.
    package var allowedNames: [String]?
    package var minimumVersion = ProtocolVersion.tls12
    package var maximumVersion = ProtocolVersion.tls13
    /// For TLS 1.2; empty: a selection of strong ones.
    package var cipherSuites: [CipherSuite] = []
    /// Empty: a selection of strong ones.
    package var curves: [Curve] = []

    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }
}

/// The policy for client certificates, by the names of Go's tls.ClientAuthType.
package enum ClientAuthentication: String, CaseIterable, Sendable {
    case none = "NoClientCert"
    case request = "RequestClientCert"
    case requireAny = "RequireAnyClientCert"
    case verifyIfGiven = "VerifyClientCertIfGiven"
    case requireAndVerify = "RequireAndVerifyClientCert"

    package var requiresCertificate: Bool { self == .requireAny || self == .requireAndVerify }
}

/// The safe versions of TLS. RFC 8996 deprecates 1.0 and 1.1.
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

/// The cipher suites of Go's tls.CipherSuites(), which the exporter toolkit knows, by their IANA names.
package enum CipherSuite: String, CaseIterable, Sendable {
    case aes128GCM = "TLS_AES_128_GCM_SHA256"
    case aes256GCM = "TLS_AES_256_GCM_SHA384"
    case chaCha20 = "TLS_CHACHA20_POLY1305_SHA256"
    case ecdsaAES128CBC = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
    case ecdsaAES256CBC = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
    case ecdsaAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case ecdsaAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case ecdsaChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    case rsaAES128CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    case rsaAES256CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    case rsaAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case rsaAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case rsaChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"

    /// Nil for the three suites of TLS 1.3, which that version always offers.
    var cipher: NIOTLSCipher? {
        switch self {
        case .aes128GCM, .aes256GCM, .chaCha20: nil
        case .ecdsaAES128CBC: .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
        case .ecdsaAES256CBC: .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
        case .ecdsaAES128GCM: .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        case .ecdsaAES256GCM: .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        case .ecdsaChaCha20: .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        case .rsaAES128CBC: .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
        case .rsaAES256CBC: .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
        case .rsaAES128GCM: .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        case .rsaAES256GCM: .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
        case .rsaChaCha20: .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        }
    }
}
