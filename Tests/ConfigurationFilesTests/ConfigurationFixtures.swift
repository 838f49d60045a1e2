import FoundationEssentials
import TestSupport

@testable import ConfigurationFiles

/// The files under Tests/Fixtures/configuration, and the example that is shipped.
enum ConfigurationFixtures {
    static let directory = Repository.fixture("configuration")
    static let example = Repository.path + "/Packaging/examples/gil-exporter.yml"

    static let good = names(in: "good")
    static let bad = names(in: "bad")

    static let badWeb = names(in: "../web/bad")

    static func webPath(_ folder: String, _ name: String, _ ending: String = "yml") -> String {
        Repository.fixture("web/\(folder)/\(name).\(ending)")
    }

    /// `bad/tab.yml` for `bad` and `tab`.
    static func path(_ folder: String, _ name: String, _ ending: String = "yml") -> String {
        "\(directory)/\(folder)/\(name).\(ending)"
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        try BoundedFileReader.read(path)
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The fixtures of a folder without `.yml`; none if it cannot be read, which its tests notice.
    private static func names(in folder: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []
        return files.filter { $0.hasSuffix(".yml") }.map { String($0.dropLast(4)) }.sorted()
    }
}
