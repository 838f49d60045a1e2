import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// Real clients that use TLS, client certificates and passwords.
    struct SecuredWebTests {
        private static let certificates = Repository.fixture("web/tls")
        private static let client = ["--cert", "\(certificates)/client.crt", "--key", "\(certificates)/client.key"]
        private static let alice = ["--user", "alice:secret"]
        private static let configuration = """
            tls_server_config:
              cert_file: server.crt
              key_file: server.key
              client_ca_file: \(certificates)/ca.crt
              client_auth_type: RequireAndVerifyClientCert
              client_allowed_sans: [prometheus.example.com]
            basic_auth_users:
              alice: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
            """

        @Test(.needs("curl")) func `a secured exporter requires a certificate, a user and a password`() async throws {
            let folder = try Self.folder()
            let exporter = try await Self.start(folder)
            #expect(try await Self.status(exporter, Self.client + Self.alice) == "200")
            #expect(try await Self.status(exporter, Self.client) == "401")
            #expect(try await Self.status(exporter, Self.client + ["--user", "alice:wrong"]) == "401")
            #expect(try await Self.status(exporter, Self.alice) == "000", "no certificate, no connection")
            let stranger = [
                "--cert", "\(Self.certificates)/stranger.crt", "--key", "\(Self.certificates)/stranger.key",
            ]
            #expect(try await Self.status(exporter, stranger + Self.alice) == "000", "none of the names")
        }

        @Test(.needs("curl"), arguments: ["1.2", "1.3"])
        func `a client whose name is not allowed cannot act before its connection is closed`(tls: String) async throws {
            // Without users, the name decides alone.
            let text = Self.configuration.split(separator: "basic_auth_users:")[0]
            let exporter = try await Self.start(try Self.folder(String(text)), ["--web.enable-lifecycle"])
            let stranger = [
                "--cert", "\(Self.certificates)/stranger.crt", "--key", "\(Self.certificates)/stranger.key",
                "--cacert", "\(Self.certificates)/ca.crt", "--tls-max", tls,
            ]
            let quit = ["--silent", "--request", "POST", "https://\(try Self.address(exporter))/-/quit"]
            for _ in 0..<5 {
                #expect(try await Invocation.run("curl", stranger + quit).ending != .exited(0))
            }
            #expect(try await Self.status(exporter, Self.client) == "200")
        }

        @Test(.needs("openssl")) func `a secured exporter speaks TLS 1.2 and 1.3 and nothing older`() async throws {
            let exporter = try await Self.start(try Self.folder())
            for (option, protocolName) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
                let output = try await Self.handshake(exporter, [option])
                #expect(output.contains("Protocol  : \(protocolName)") || output.contains("New, \(protocolName)"))
                #expect(output.contains("ALPN protocol: http/1.1"))
            }
            for option in ["-tls1", "-tls1_1"] {
                let output = try await Self.handshake(exporter, [option, "-cipher", "ALL:@SECLEVEL=0"])
                #expect(output.contains("New, (NONE)"))
            }
        }

        @Test(.needsPrometheus) func `Prometheus scrapes a secured exporter`() async throws {
            let exporter = try await Self.start(try Self.folder())
            guard case .port(let port) = exporter.endpoint else { return #expect(Bool(false)) }
            let prometheus = try await Prometheus.scraping(
                port: port,
                options: """
                        scheme: https
                        basic_auth: {username: alice, password: secret}
                        tls_config:
                          ca_file: \(Self.certificates)/ca.crt
                          cert_file: \(Self.certificates)/client.crt
                          key_file: \(Self.certificates)/client.key
                    """
            )
            let target = try await prometheus.scraped()
            #expect(target.lastError == "")
            #expect(target.health == "up")
        }

        @Test(.needs("openssl"))
        func `a reload installs a new certificate, or keeps the old one if the new one is invalid`() async throws {
            let folder = try Self.folder()
            let exporter = try await Self.start(folder)
            let before = try await Self.serverCertificate(exporter)

            try Self.copy("stranger", to: folder)
            exporter.process.signal(SIGHUP)
            try await exporter.log.entry(with: "Reloaded the configuration")
            let after = try await Self.serverCertificate(exporter)
            #expect(after != nil)
            #expect(after != before)

            try Self.replace("server.key", in: folder, with: "no key")
            exporter.process.signal(SIGHUP)
            try await exporter.log.entry(with: "web.yml:3:13: tls_server_config: no PEM private key")
            #expect(try await Self.serverCertificate(exporter) == after)
        }

        @Test(.needs("curl"), .needs("openssl"))
        func `changed certificates are loaded without a reload, and no scrape fails meanwhile`() async throws {
            let folder = try Self.folder()
            let exporter = try await Self.start(folder)
            let first = try await Self.serverCertificate(exporter)
            // The other certificate has another name in it.
            let scraper = Self.client + Self.alice + ["--insecure"]

            for name in ["stranger", "server"] {
                let before = try await Self.serverCertificate(exporter)
                try Self.copy(name, to: folder)
                // Requests make the exporter look at its files, at most every three seconds.
                try await waitUntil {
                    #expect(try await Self.status(exporter, scraper) == "200")
                    return try await Self.serverCertificate(exporter) != before
                }
            }
            #expect(try await Self.serverCertificate(exporter) == first)
        }

        @Test(.needs("curl")) func `changed users are loaded without a reload`() async throws {
            let folder = try Self.folder()
            let exporter = try await Self.start(folder)
            let bob = Self.client + ["--user", "bob:secret"]
            #expect(try await Self.status(exporter, bob) == "401")
            #expect(try await Self.status(exporter, Self.client + Self.alice) == "200")

            let text = Self.configuration.replacing("alice:", with: "bob:")
            try Self.replace("web.yml", in: folder, with: text)
            try await waitUntil { try await Self.status(exporter, bob) == "200" }
            #expect(try await Self.status(exporter, Self.client + Self.alice) == "401", "she was checked once")
        }

        @Test(
            .needs("curl"),
            .needs("openssl"),
            arguments: [
                ("NoClientCert", "200", "200"), ("RequestClientCert", "200", "200"),
                ("RequireAnyClientCert", "000", "200"), ("VerifyClientCertIfGiven", "200", "000"),
                ("RequireAndVerifyClientCert", "000", "000"),
            ]
        )
        func `client_auth_type decides which client certificates are required`(
            type: String,
            withoutOne: String,
            withAnUnknownIssuers: String
        ) async throws {
            let folder = try Self.folder(
                """
                tls_server_config:
                  cert_file: server.crt
                  key_file: server.key
                  client_auth_type: \(type)
                \(type.contains("Verify") ? "  client_ca_file: \(Self.certificates)/ca.crt" : "")
                """
            )
            let unknown = (certificate: folder.file("unknown.crt"), key: folder.file("unknown.key"))
            let made = try await Invocation.run(
                "openssl",
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                    + ["-subj", "/CN=unknown", "-keyout", unknown.key, "-out", unknown.certificate]
            )
            try #require(made.ending == .exited(0), "\(made.errors)")

            let exporter = try await Self.start(folder)
            #expect(try await Self.status(exporter, []) == withoutOne)
            let shown = ["--cert", unknown.certificate, "--key", unknown.key]
            #expect(try await Self.status(exporter, shown) == withAnUnknownIssuers)
            if type.contains("Verify") { #expect(try await Self.status(exporter, Self.client) == "200") }
        }

        @Test func `the right password is accepted while forty connections guess`() async throws {
            let folder = try TemporaryFolder()
            let hash = "$2b$10$ZHZGXmkZwGXK1.FkW3HnfuEsmtCaLCfGBWdqMkr3vgtl78Vp1YN5K"
            try folder.write("basic_auth_users: {prometheus: \(hash)}", to: "web.yml")
            let exporter = try await RunningExporter.start(["--web.config.file=\(folder.file("web.yml"))"])
            let rightOne = ["Authorization: Basic cHJvbWV0aGV1czpzZWNyZXQ="]
            // Two users: one that there is not, and the one whose password is wanted.
            let wrongOnes = ["Authorization: Basic eDp4", "Authorization: Basic cHJvbWV0aGV1czp4"]
            try await withThrowingTaskGroup(of: Void.self) { guessers in
                for number in 0..<40 {
                    guessers.addTask {
                        while !Task.isCancelled {
                            let wrong = wrongOnes[number % 8 == 0 ? 1 : 0]
                            let response = try await exporter.request("/metrics", headers: [wrong])
                            #expect(response.status == 401)
                        }
                    }
                }
                let right = try await exporter.request("/metrics", headers: rightOne)
                #expect(right.status == 200)
                guessers.cancelAll()
            }
        }

        private static func folder(_ text: String = configuration) throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            try copy("server", to: folder)
            try folder.write(text, to: "web.yml")
            return folder
        }

        private static func copy(_ name: String, to folder: TemporaryFolder) throws {
            for ending in ["crt", "key"] {
                let text = try String(contentsOfFile: "\(certificates)/\(name).\(ending)", encoding: .utf8)
                try replace("server.\(ending)", in: folder, with: text)
            }
        }

        private static func replace(_ name: String, in folder: TemporaryFolder, with text: String) throws {
            unsafe unlink(folder.file(name))
            try folder.write(text, to: name)
        }

        private static func start(_ folder: TemporaryFolder, _ flags: [String] = []) async throws -> RunningExporter {
            try await RunningExporter.start(["--web.config.file=\(folder.file("web.yml"))"] + flags)
        }

        private static func status(_ exporter: RunningExporter, _ options: [String]) async throws -> String {
            let arguments = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
            let server = ["--cacert", "\(certificates)/ca.crt", "https://\(try address(exporter))/metrics"]
            return try await Invocation.run("curl", arguments + options + server).output
        }

        private static func handshake(_ exporter: RunningExporter, _ options: [String]) async throws -> String {
            let key = ["-cert", "\(certificates)/client.crt", "-key", "\(certificates)/client.key"]
            let arguments = ["s_client", "-connect", try address(exporter), "-alpn", "h2,http/1.1"]
            let invocation = try await Invocation.run("openssl", arguments + key + options)
            return invocation.output
        }

        /// PEM, from what openssl prints of a handshake.
        private static func serverCertificate(_ exporter: RunningExporter) async throws -> Substring? {
            try await handshake(exporter, []).split(separator: "-----BEGIN CERTIFICATE-----").dropFirst().first?
                .split(separator: "-----END CERTIFICATE-----").first
        }

        private static func address(_ exporter: RunningExporter) throws -> String {
            guard case .port(let port) = exporter.endpoint else { throw CocoaError(.fileReadUnknown) }
            return "127.0.0.1:\(port)"
        }
    }
}
