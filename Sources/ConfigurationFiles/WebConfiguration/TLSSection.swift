import Linux
import Web

/// `tls_server_config:` with the content of its files.
struct TLSFiles {
    let server: ServerTLS
    let files: [String]
}

/// `tls_server_config:` before it is checked.
struct TLSSection {
    var certificate: String?
    var certificateFile: String?
    var key: String?
    var keyFile: String?
    var clientCA: String?
    var clientCAFile: String?
    /// Nil for a missing key and for an empty text, as with the keys above.
    var clientAuthentication: ClientAuthentication?
    var allowedNames: [String]?
    var minimumVersion = ProtocolVersion.tls12
    var maximumVersion = ProtocolVersion.tls13
    var cipherSuites: [CipherSuite] = []
    /// Without effect, as in Go since 1.17, with which the exporter toolkit is built: the library chooses the order.
    var prefersServerCipherSuites = true
    var curves: [Curve] = []

    static func section(in base: BasePath) -> Section<TLSSection> {
        Section([
            Key("cert", \.certificate, .anyText("a certificate in PEM")),
            Key("cert_file", \.certificateFile, .path(in: base)),
            Key("key", \.key, .anyText("a private key in PEM")),
            Key("key_file", \.keyFile, .path(in: base)),
            Key("client_ca", \.clientCA, .anyText("certificates in PEM")),
            Key("client_ca_file", \.clientCAFile, .path(in: base)),
            Key("client_auth_type", \.clientAuthentication, .clientAuthentication),
            Key(
                "client_allowed_sans",
                \.allowedNames,
                Schema.list(of: .text("a name"), example: "[prometheus.example.com]").absent(as: nil)
            ),
            Key("min_version", \.minimumVersion, .protocolVersion.absent(as: .tls12)),
            Key("max_version", \.maximumVersion, .protocolVersion.absent(as: .tls13)),
            Key(
                "cipher_suites",
                \.cipherSuites,
                .list(of: .choice, example: "[\(CipherSuite.ecdsaAES128GCM.rawValue)]")
            ),
            Key("prefer_server_cipher_suites", \.prefersServerCipherSuites, .boolean.absent(as: false)),
            Key("curve_preferences", \.curves, .list(of: .choice, example: "[X25519]")),
        ])
    }

    /// Whether this enables encryption, as TLSConfig.IsEnabled of the exporter toolkit decides. A section of empty
    /// values, as templates leave it, does not, and neither does one with only versions, cipher suites or curves.
    var isEnabled: Bool {
        clientAuthentication != nil
            || [certificate, certificateFile, key, keyFile, clientCA, clientCAFile].contains { $0 != nil }
    }

    /// Reads the files of the section, or reports why they cannot be used.
    func read(_ places: Places, _ diagnostics: inout Diagnostics) -> TLSFiles? {
        let before = diagnostics.count
        let certificate = contents("cert", certificate, "cert_file", certificateFile, places, &diagnostics)
        let key = contents("key", key, "key_file", keyFile, places, &diagnostics)
        let authorities =
            clientCA == nil && clientCAFile == nil
            ? nil : contents("client_ca", clientCA, "client_ca_file", clientCAFile, places, &diagnostics)
        checkClients(places, &diagnostics)
        if minimumVersion > maximumVersion {
            let message = "min_version is above max_version: no connection could be made; raise max_version"
            diagnostics.report(message, at: places.value(of: "min_version", "max_version"))
        }
        guard diagnostics.count == before, let certificate, let key else { return nil }

        var settings = TLSSettings(certificate: certificate, key: key)
        settings.clientCA = authorities
        settings.clientAuthentication = clientAuthentication ?? .none
        // Where clients need no certificate, a template leaves an empty list.
        settings.allowedNames = clientAuthentication?.requiresCertificate == true ? allowedNames : nil
        settings.minimumVersion = minimumVersion
        settings.maximumVersion = maximumVersion
        settings.cipherSuites = cipherSuites
        settings.curves = curves
        do throws(TLSProblem) {
            let files = [certificateFile, keyFile, clientCAFile].compactMap(\.self)
            return TLSFiles(server: try ServerTLS(settings), files: files)
        } catch {
            let position =
                switch error.part {
                case .certificate: places.value(of: "cert_file", "cert")
                case .key: places.value(of: "key_file", "key")
                case .clientCA: places.value(of: "client_ca_file", "client_ca")
                }
            diagnostics.report(error.message, at: position)
            return nil
        }
    }

    private func checkClients(_ places: Places, _ diagnostics: inout Diagnostics) {
        let authentication = clientAuthentication ?? .none
        if clientCA != nil || clientCAFile != nil, authentication == .none {
            diagnostics.report(
                "a client CA is set, but clients are not asked for certificates: write "
                    + "\"client_auth_type: RequireAndVerifyClientCert\"",
                at: places.value(of: "client_ca_file", "client_ca")
            )
        }
        if allowedNames == [], authentication.requiresCertificate {
            diagnostics.report(
                "no name is allowed, so no client could connect: list names, or remove the key",
                at: places.value(of: "client_allowed_sans")
            )
        }
        if let allowedNames, !allowedNames.isEmpty, !authentication.requiresCertificate {
            diagnostics.report(
                "names can only be checked in client certificates: write "
                    + "\"client_auth_type: RequireAndVerifyClientCert\"",
                at: places.value(of: "client_allowed_sans")
            )
        }
    }

    /// The content of exactly one of two keys: one with the text itself, one with a file's path.
    private func contents(
        _ key: String,
        _ text: String?,
        _ fileKey: String,
        _ file: String?,
        _ places: Places,
        _ diagnostics: inout Diagnostics
    ) -> [UInt8]? {
        switch (text, file) {
        case (nil, nil):
            diagnostics.report("\(fileKey) is missing: add it, or \(key)", at: places.value(of: fileKey))
        case (.some, .some):
            diagnostics.report("both \(key) and \(fileKey) are given: keep one", at: places.value(of: key))
        case (let text?, nil):
            return Array(text.utf8)
        case (nil, let file?):
            do throws(UnreadableFile) {
                return try BoundedFileReader.read(file)
            } catch {
                diagnostics.report("\(quoted(file)): \(error)", at: places.value(of: fileKey))
            }
        }
        return nil
    }
}

extension Schema where Value == TLSFiles {
    static func tls(in base: BasePath) -> Schema {
        let section = Schema.mapping(TLSSection.section(in: base), draft: TLSSection()) {
            section,
            places,
            diagnostics in
            section.isEnabled ? section.read(places, &diagnostics) : nil
        }
        return Schema(paths: section.paths) { node, diagnostics in
            section.decode(node, &diagnostics)
        }
    }
}

extension Schema where Value == String {
    /// Any text but an empty one.
    static func text(_ accepted: String) -> Schema {
        .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard !scalar.text.isEmpty else { throw Unacceptable("is empty") }
            return scalar.text
        }
    }

    /// Any text. An empty one has no value, as in the exporter toolkit. Messages do not repeat it, because it may be a
    /// secret.
    static func anyText(_ accepted: String) -> Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content else {
                diagnostics.report("expected one value: write \(accepted)", at: node.position)
                return nil
            }
            return scalar.isNull || scalar.text.isEmpty ? nil : scalar.text
        }
    }

    /// A file's path. An empty one has no value, and a relative one starts from `base`.
    static func path(in base: BasePath) -> Schema {
        Schema { node, diagnostics in
            if case .scalar(let scalar) = node.content, scalar.isNull || scalar.text.isEmpty { return nil }
            let path = Schema.scalar("a file's path") { (scalar) throws(Unacceptable) in
                guard !scalar.text.utf8.contains(0) else { throw Unacceptable("is not a path") }
                return base.path(scalar.text)
            }
            return path.decode(node, &diagnostics)
        }
    }
}

extension Schema where Value == ProtocolVersion {
    static var protocolVersion: Schema {
        .scalar("TLS12 or TLS13") { (scalar) throws(Unacceptable) in
            if let version = ProtocolVersion(rawValue: scalar.text) { return version }
            guard ["TLS10", "TLS11"].contains(scalar.text) else { throw Unacceptable("is not known") }
            throw Unacceptable("is no longer secure (RFC 8996)")
        }
    }
}

extension Schema where Value == ClientAuthentication {
    static var clientAuthentication: Schema {
        let choice = Schema.choice
        return Schema { node, diagnostics in
            // The exporter toolkit accepts an old name of RequireAnyClientCert, and an empty text.
            switch node.content {
            case .scalar(let scalar) where scalar.text == "RequireClientCert": .requireAny
            case .scalar(let scalar) where scalar.isNull || scalar.text.isEmpty: nil
            default: choice.decode(node, &diagnostics)
            }
        }
    }
}
