import ConfigurationFiles
import Testing
import Web

struct WebConfigurationTests {
    @Test func `a web configuration may have every key of the exporter toolkit`() throws {
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

    @Test(arguments: ["empty", "commented-out", "no-limit"])
    func `an empty web configuration changes nothing`(name: String) throws {
        let configuration = try WebConfiguration.load(path: ConfigurationFixtures.webPath("good", name))
        #expect(configuration.tls == nil)
        #expect(configuration.users.isEmpty)
        #expect(configuration.headers.isEmpty)
        #expect(configuration.rateLimit == nil)
    }

    @Test func `a web configuration may contain certificate and key`() throws {
        let path = ConfigurationFixtures.webPath("good", "inline")
        let configuration = try WebConfiguration.load(path: path)
        #expect(configuration.tls != nil)
        #expect(configuration.files == [path])
    }

    @Test(arguments: ConfigurationFixtures.badWeb)
    func `every error of a web configuration is reported with its place`(name: String) throws {
        let path = ConfigurationFixtures.webPath("bad", name)
        let error = #expect(throws: ConfigurationErrors.self) { try WebConfiguration.load(path: path) }
        let folder = String(path.dropLast("\(name).yml".count))
        let expected = try ConfigurationFixtures.text(ConfigurationFixtures.webPath("bad", name, "expected"))
        #expect("\(error?.description.replacing(folder, with: "") ?? "")\n" == expected)
    }

    @Test func `messages never repeat the value of a hash or a key`() throws {
        for name in ["users", "clients"] {
            let path = ConfigurationFixtures.webPath("bad", name)
            let error = #expect(throws: ConfigurationErrors.self) { try WebConfiguration.load(path: path) }
            #expect(error?.description.contains("secret") == false)
            #expect(error?.description.contains("\"none\"") == false)
        }
    }
}
