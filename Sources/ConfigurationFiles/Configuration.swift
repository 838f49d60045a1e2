package import Observation
package import Probing

/// What somebody wants of the daemon, read from a YAML file in which every key is optional.
package struct Configuration: Sendable, Equatable {
    package var probing = ProbingSettings()
    package var observation = ObservationSettings()

    /// The configuration of an empty file: the defaults.
    package init() {}

    /// Reads the file at `path`.
    package static func load(path: String) throws(ConfigurationErrors) -> Configuration {
        try parse(ConfigurationFile.contents(of: path), file: path)
    }

    /// Reads `text`, which is UTF-8; `file` is what issues call it.
    package static func parse(_ text: [UInt8], file: String) throws(ConfigurationErrors) -> Configuration {
        var configuration = Configuration()
        try section.read(text, file: file, into: &configuration)
        return configuration
    }
}
