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
    /// Nil, as of every other: not said, or an empty text.
    var clientAuthentication: ClientAuthentication?
    var allowedNames: [String]?
    var minimumVersion = ProtocolVersion.tls12
    var maximumVersion = ProtocolVersion.tls13
    var cipherSuites: [CipherSuite] = []
    /// Has no effect, as in Go since 1.17, which the toolkit is built with: the library's order is the best known.
    var prefersServerCipherSuites = true
    var curves: [Curve] = []

    static func section(in folder: FolderOfFile) -> Section<TLSSection> {
        Section([
            Key("cert", \.certificate, .anyText("a certificate in PEM")),
            Key("cert_file", \.certificateFile, .path(in: folder)),
            Key("key", \.key, .anyText("a private key in PEM")),
            Key("key_file", \.keyFile, .path(in: folder)),
            Key("client_ca", \.clientCA, .anyText("certificates in PEM")),
            Key("client_ca_file", \.clientCAFile, .path(in: folder)),
            Key("client_auth_type", \.clientAuthentication, .clientAuthentication),
            Key("client_allowed_sans", \.allowedNames, .list(of: .text("a name"), example: "[prometheus.example.com]")),
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

    /// Whether there is to be encryption: the toolkit's TLSConfig.IsEnabled. A section of templates whose values are all
    /// empty has none, and neither has one that says only how it would be.
    var isEnabled: Bool {
        clientAuthentication != nil
            || [certificate, certificateFile, key, keyFile, clientCA, clientCAFile].contains { $0 != nil }
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
        settings.clientAuthentication = clientAuthentication ?? .none
        // Where nobody needs to show a certificate, an empty list is what a template leaves.
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
                "there is a client CA, but no client is asked for a certificate: write "
                    + "\"client_auth_type: RequireAndVerifyClientCert\"",
                at: places.value(of: "client_ca_file", "client_ca")
            )
        }
        if let allowedNames, !allowedNames.isEmpty, !authentication.requiresCertificate {
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
            do throws(UnreadableFile) {
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
            section.isEnabled ? section.read(places, &diagnostics) : nil
        }
        return Schema(paths: section.paths) { node, diagnostics in
            section.decode(node, &diagnostics)
        }
    }
}
