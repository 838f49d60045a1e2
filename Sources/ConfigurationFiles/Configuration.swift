import Linux
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
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try ConfigurationFile.read(path)
        } catch {
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: path, message: error.description)])
        }
        return try parse(bytes, file: path)
    }

    /// Reads `text`, which is UTF-8; `file` is what issues call it.
    package static func parse(_ text: [UInt8], file: String) throws(ConfigurationErrors) -> Configuration {
        guard text.count <= ConfigurationFile.largest else {
            let message = "larger than \(ConfigurationFile.largest) bytes: is this the right file?"
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: file, message: message)])
        }
        var configuration = Configuration()
        var diagnostics = Diagnostics()
        if let root = YAMLComposer.compose(text, &diagnostics) {
            section.read(root, into: &configuration, &diagnostics)
        }
        guard diagnostics.count == 0 else {
            let issues = diagnostics.inFileOrder.map {
                ConfigurationIssue(file: file, position: $0.position, message: $0.message)
            }
            throw ConfigurationErrors(issues: issues)
        }
        return configuration
    }
}
