import Linux
import Web

/// `tls_server_config:` after its files were read.
struct TLSFiles {
    let server: ServerTLS
    let files: [String]
}

/// `tls_server_config:` as it is written.
struct TLSSection {
    var certificate: String?
    var certificateFile: String?
    var key: String?
    var keyFile: String?
    var clientCA: String?
    var clientCAFile: String?
    var clientAuthentication = ClientAuthentication.none
    var allowedNames: [String]?
    var minimumVersion = ProtocolVersion.tls12
    var maximumVersion = ProtocolVersion.tls13
    var cipherSuites: [CipherSuite] = []
    /// Has no effect, as in Go since 1.17, which the toolkit is built with: the library's order is the best known.
    var prefersServerCipherSuites = true
    var curves: [Curve] = []

    static func section(in folder: FolderOfFile) -> Section<TLSSection> {
        Section([
            Key("cert", \.certificate, .text("a certificate in PEM")),
            Key("cert_file", \.certificateFile, .path(in: folder)),
            Key("key", \.key, .secret("a private key in PEM")),
            Key("key_file", \.keyFile, .path(in: folder)),
            Key("client_ca", \.clientCA, .text("certificates in PEM")),
            Key("client_ca_file", \.clientCAFile, .path(in: folder)),
            Key("client_auth_type", \.clientAuthentication, .clientAuthentication),
            Key("client_allowed_sans", \.allowedNames, .list(of: .text("a name"), example: "[prometheus.example.com]")),
            Key("min_version", \.minimumVersion, .protocolVersion),
            Key("max_version", \.maximumVersion, .protocolVersion),
            Key(
                "cipher_suites",
                \.cipherSuites,
                .list(of: .choice, example: "[\(CipherSuite.ecdsaAES128GCM.rawValue)]")
            ),
            Key("prefer_server_cipher_suites", \.prefersServerCipherSuites, .boolean),
            Key("curve_preferences", \.curves, .list(of: .choice, example: "[X25519]")),
        ])
    }

    /// Reads what the section names, or reports why that cannot be used.
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
        settings.clientAuthentication = clientAuthentication
        settings.allowedNames = allowedNames
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
        if clientCA != nil || clientCAFile != nil, clientAuthentication == .none {
            diagnostics.report(
                "there is a client CA, but no client is asked for a certificate: write "
                    + "\"client_auth_type: RequireAndVerifyClientCert\"",
                at: places.value(of: "client_ca_file", "client_ca")
            )
        }
        if allowedNames != nil, !clientAuthentication.requiresCertificate {
            diagnostics.report(
                "a client without a certificate has no name to look for: write "
                    + "\"client_auth_type: RequireAndVerifyClientCert\"",
                at: places.value(of: "client_allowed_sans")
            )
        }
    }

    /// What stands in the file itself or in another, exactly one of which is wanted.
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
            do throws(SystemError) {
                return try ConfigurationFile.read(file)
            } catch {
                diagnostics.report("\(quoted(file)): \(error)", at: places.value(of: fileKey))
            }
        }
        return nil
    }
}

extension Schema where Value == TLSFiles {
    static func tls(in folder: FolderOfFile) -> Schema {
        let section = Schema.mapping(TLSSection.section(in: folder), draft: TLSSection()) {
            section,
            places,
            diagnostics in
            section.read(places, &diagnostics)
        }
        return Schema(paths: section.paths) { node, diagnostics in
            // With every key commented out there is no encryption.
            if case .scalar(let scalar) = node.content, scalar.isNull { return nil }
            return section.decode(node, &diagnostics)
        }
    }
}
