import ConfigurationFiles
import Testing
import Web

@Suite("A web configuration")
struct WebConfigurationTests {
    @Test("has every key of the exporter toolkit's")
    func full() throws {
        let path = ConfigurationFixtures.webPath("good", "full")
        let configuration = try WebConfiguration.load(path: path)
        #expect(configuration.tls != nil)
        #expect(configuration.rateLimit == RateLimit(interval: .seconds(1), burst: 20))
        #expect(configuration.headers["X-Frame-Options"] == "deny")
        #expect(configuration.headers["X-XSS-Protection"] == nil, "an empty one is not set")
        let hash = try PasswordHash("$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW")
        #expect(configuration.users == Users(["alice": hash]))
        let folder = path.dropLast("full.yml".count)
        #expect(configuration.files == [path] + ["server.crt", "server.key", "ca.crt"].map { "\(folder)../tls/\($0)" })
    }

    @Test("changes nothing where it says nothing", arguments: ["empty", "commented-out", "no-limit"])
    func defaults(name: String) throws {
        let configuration = try WebConfiguration.load(path: ConfigurationFixtures.webPath("good", name))
        #expect(configuration.tls == nil)
        #expect(configuration.users.isEmpty)
        #expect(configuration.headers.isEmpty)
        #expect(configuration.rateLimit == nil)
    }

    @Test("can have certificate and key in itself")
    func inline() throws {
        let path = ConfigurationFixtures.webPath("good", "inline")
        let configuration = try WebConfiguration.load(path: path)
        #expect(configuration.tls != nil)
        #expect(configuration.files == [path])
    }

    @Test("is refused for every error, each with its place", arguments: ConfigurationFixtures.badWeb)
    func bad(name: String) throws {
        let path = ConfigurationFixtures.webPath("bad", name)
        let error = #expect(throws: ConfigurationErrors.self) { try WebConfiguration.load(path: path) }
        let folder = String(path.dropLast("\(name).yml".count))
        let expected = try ConfigurationFixtures.text(ConfigurationFixtures.webPath("bad", name, "expected"))
        #expect("\(error?.description.replacing(folder, with: "") ?? "")\n" == expected)
    }

    @Test("never shows what stands in the place of a hash or a key")
    func secrets() throws {
        for name in ["users", "clients"] {
            let path = ConfigurationFixtures.webPath("bad", name)
            let error = #expect(throws: ConfigurationErrors.self) { try WebConfiguration.load(path: path) }
            #expect(error?.description.contains("secret") == false)
            #expect(error?.description.contains("\"none\"") == false)
        }
    }
}
