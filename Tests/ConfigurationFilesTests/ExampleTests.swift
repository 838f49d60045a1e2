import Observation
import Probing
import Testing

@testable import ConfigurationFiles

/// The commented example is the reference of every key, so it must know them all and no others.
struct ExampleTests {
    @Test func `the shipped example sets nothing`() throws {
        #expect(try Configuration.load(path: ConfigurationFixtures.example) == Configuration())
    }

    @Test func `the example with every key set is accepted, and has the defaults`() throws {
        var configuration = try Configuration.parse(try Array(Self.uncommented.utf8), file: "example.yml")
        #expect(configuration.probing.runtimes.map(\.name) == ["native", "python3.14t", "my-runtime"])
        configuration.probing.runtimes = []
        #expect(configuration.observation.groups.count == 7)
        configuration.observation.groups = []
        #expect(configuration == Configuration())
    }

    @Test func `the example names every key of the schema, and no others`() throws {
        var diagnostics = Diagnostics()
        let root = try #require(YAMLComposer.compose(try Array(Self.uncommented.utf8), &diagnostics))
        #expect(Set(paths(of: root)) == Set(Configuration.section.paths))
    }

    /// As the example says itself: a "#" before anything but one space and a word is removed.
    private static var uncommented: String {
        get throws {
            try ConfigurationFixtures.text(ConfigurationFixtures.example)
                .split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.replacing(/^(?<indent> *)#(?! [^ ]|$)/) { $0.output.indent } }
                .joined(separator: "\n")
        }
    }

    /// The keys of a document in the notation of `Section.paths`.
    private func paths(of node: YAMLNode, below path: String = "") -> [String] {
        switch node.content {
        case .scalar:
            return []
        case .sequence(let elements):
            return elements.flatMap { paths(of: $0, below: path + "[]") }
        case .mapping(let entries):
            return entries.flatMap { entry in
                let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                return [key] + paths(of: entry.value, below: key)
            }
        }
    }
}
