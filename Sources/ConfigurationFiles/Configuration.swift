package import Observation
package import Probing

/// The configuration of the daemon, from a YAML file in which every key is optional.
package struct Configuration: Sendable, Equatable {
    package var probing = ProbingSettings()
    package var observation = ObservationSettings()

    /// The configuration of an empty file: the defaults.
    package init() {}

    /// Reads the file at `path`.
    package static func load(path: String) throws(ConfigurationErrors) -> Configuration {
        try parse(BoundedFileReader.contents(of: path), file: path)
    }

    /// Reads `text`, which is UTF-8. Issues refer to it as `file`.
    package static func parse(_ text: [UInt8], file: String) throws(ConfigurationErrors) -> Configuration {
        var configuration = Configuration()
        try section.read(text, file: file, into: &configuration)
        return configuration
    }
}

extension Configuration {
    /// The whole file. A new section needs a key here and its own ``Section``.
    static var section: Section<Configuration> {
        Section([
            Key("probing", \.probing, ProbingSettings.section),
            Key("runtimes", \.probing, ProbingSettings.runtimesSection),
            Key("observation", \.observation, ObservationSettings.section),
        ])
    }
}
