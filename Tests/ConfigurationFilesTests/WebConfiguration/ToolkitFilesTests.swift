import FoundationEssentials
import Glibc
import Testing
import Web

@testable import ConfigurationFiles

/// What the exporter toolkit's parser takes (gopkg.in/yaml.v2, UnmarshalStrict) is taken as it means it there.
struct ToolkitFilesTests {
    private static let hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

    @Test(
        arguments: [
            "", "---\n", "{}", "null", "tls_server_config:", "tls_server_config: {}", "tls_server_config: ~",
            "tls_server_config: {cert_file: \"\", key_file: ''}",
            "tls_server_config: {cert: , key: ~, cert_file: null, key_file: }",
            "tls_server_config: {client_auth_type: \"\", client_ca_file: \"\", client_ca: \"\"}",
            "tls_server_config: {client_auth_type: , client_allowed_sans: , cipher_suites: , curve_preferences: }",
            "tls_server_config: {client_allowed_sans: [], cipher_suites: [], curve_preferences: []}",
            "tls_server_config: {min_version: , max_version: Null, prefer_server_cipher_suites: }",
            "tls_server_config: {min_version: TLS13, prefer_server_cipher_suites: off}",
            "http_server_config:", "http_server_config: {}", "http_server_config: {http2: , headers: }",
            "http_server_config: {headers: {X-Frame-Options: , Content-Security-Policy: \"\"}}",
            "basic_auth_users:", "basic_auth_users: {}", "rate_limit:", "rate_limit: {}",
            "rate_limit: {interval: , burst: }", "rate_limit: {interval: 0, burst: 0}", "rate_limit: {burst: 5}",
            "rate_limit: {interval: \"0\"}", "rate_limit: {interval: 0s, burst: 0}",
        ]
    )
    func `keys that a template left empty are ignored`(text: String) throws {
        let configuration = try Self.load(text)
        #expect(configuration.tls == nil)
        #expect(configuration.users.isEmpty)
        #expect(configuration.headers.isEmpty)
        #expect(configuration.rateLimit == nil)
    }

    @Test(
        arguments: ["true", "True", "yes", "Yes", "on", "ON", "y", "no", "Off", "n", "FALSE"]
    )
    func `booleans of YAML 1.1 are accepted`(word: String) throws {
        _ = try Self.load("http_server_config: {http2: \(word)}")
        _ = try Self.load("tls_server_config: {prefer_server_cipher_suites: \(word)}")
    }

    @Test(
        arguments: [("1s", 1000), ("1.5s", 1500), ("'250ms'", 250), ("1m30s", 90_000), ("24h", 86_400_000)]
    )
    func `durations of Go are accepted`(text: String, milliseconds: Int) throws {
        let configuration = try Self.load("rate_limit: {interval: \(text), burst: 3}")
        #expect(configuration.rateLimit == RateLimit(interval: .milliseconds(milliseconds), burst: 3))
    }

    @Test(
        arguments: ["client_auth_type: NoClientCert", "key: x"]
    )
    func `any key about certificates enables encryption`(line: String) {
        #expect(throws: ConfigurationErrors.self) { try Self.load("tls_server_config: {\(line)}") }
    }

    @Test func `empty keys may stand beside others`() throws {
        let tls = ConfigurationFixtures.webPath("tls", "server", "crt").dropLast("server.crt".count)
        let configuration = try Self.load(
            """
            tls_server_config:
              cert: ""
              cert_file: \(tls)server.crt
              key:
              key_file: \(tls)server.key
              client_ca: ""
              client_ca_file: ""
              client_auth_type: ""
              client_allowed_sans: []
              min_version:
            """
        )
        #expect(configuration.tls != nil)
        #expect(configuration.files.count == 3)
    }

    @Test func `names without a value are not checked, and an empty list allows no client`() throws {
        let tls = ConfigurationFixtures.webPath("tls", "server", "crt").dropLast("server.crt".count)
        func load(_ names: String) throws -> WebConfiguration {
            try Self.load(
                """
                tls_server_config:
                  cert_file: \(tls)server.crt
                  key_file: \(tls)server.key
                  client_ca_file: \(tls)ca.crt
                  client_auth_type: RequireAndVerifyClientCert
                  client_allowed_sans: \(names)
                """
            )
        }
        #expect(try load("").tls?.checksNames == false)
        #expect(try load("[a]").tls?.checksNames == true)
        let error = #expect(throws: ConfigurationErrors.self) { try load("[]") }
        #expect(error?.description.contains("no client could connect") == true)
    }

    @Test(
        arguments: ["|\n    \(hash)", ">\n    \(hash)\n\n", "\"\(hash)\\n\"", "'\(hash)'"]
    )
    func `hashes may have a line break at the end, and a user may have no name`(text: String) throws {
        let configuration = try Self.load("basic_auth_users:\n  alice: \(text)\n  \"\": \(Self.hash)\n")
        let hash = try PasswordHash(Self.hash)
        #expect(configuration.users == Users(["alice": hash, "": hash]))
    }

    @Test(
        arguments: [
            ("http_server_config: {http2: 'yes'}", "is in quotes"), ("http_server_config: {http2: 1}", "neither true"),
            ("rate_limit: {interval: 1}", "has no unit"), ("rate_limit: {interval: -1s}", "out of range"),
            ("rate_limit: {interval: 1s, burst: 0}", "burst of 0"), ("rate_limit: {burst: '5'}", "is in quotes"),
            ("tls_server_config: {min_version: TLS10}", "no longer secure"), ("tls_server_config: ''", "expected keys"),
            ("basic_auth_users: &a {b: c}", "anchors"), ("--- {}\n--- {}", "second document"),
            ("basic_auth_users: {alice: }", "not a bcrypt hash"),
        ]
    )
    func `ambiguous or unsafe values are refused`(text: String, words: String) {
        let error = #expect(throws: ConfigurationErrors.self) { try Self.load(text) }
        #expect(error?.description.contains(words) == true)
    }

    @Test func `a FIFO as a certificate is refused without waiting`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/gil-exporter-\(UInt64.random(in: 0 ... .max))"
        try #require(unsafe mkfifo(path, 0o600) == 0)
        defer { unsafe unlink(path) }
        let error = #expect(throws: ConfigurationErrors.self) {
            try Self.load("tls_server_config: {cert_file: \(path), key_file: \(path)}")
        }
        #expect(error?.issues.count == 2)
        #expect(error?.description.contains("is a pipe or FIFO, not a regular file") == true)
    }

    private static func load(_ text: String) throws -> WebConfiguration {
        let path = FileManager.default.temporaryDirectory.path + "/gil-exporter-\(UInt64.random(in: 0 ... .max)).yml"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { unsafe unlink(path) }
        return try WebConfiguration.load(path: path)
    }
}
