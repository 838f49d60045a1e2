import ArgumentParser
import ConfigurationFiles
import Daemon
import Web

// Options of several commands, named as in the Prometheus exporter toolkit.

struct LoggingOptions: ParsableArguments {
    @Option(
        name: .customLong("log.level"),
        help: "Only log messages of this severity or above; in any case, and warning is the same as warn."
    )
    var level: LogLevelName = .info

    @Option(
        name: .customLong("log.format"),
        help: "Output format of log messages; auto is the journal if standard error is connected to it, else logfmt."
    )
    var format: LogDestination = .auto
}

struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config.file"),
        help: ArgumentHelp("YAML file. (default: none, every key has its default)", valueName: "path")
    )
    var file: String?

    /// The configuration. Reports each error in it on standard error.
    func load() throws(ConfigurationErrors) -> Configuration {
        guard let file else { return Configuration() }
        do {
            return try Configuration.load(path: file)
        } catch {
            for issue in error.issues { printError("\(issue)") }
            throw error
        }
    }
}

struct WebConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "YAML file with TLS, passwords, headers and a rate limit, in the format of the Prometheus exporter toolkit. "
                + "(default: none)",
            valueName: "path"
        )
    )
    var file: String?

    /// The configuration. Reports each error in it on standard error.
    func load() throws(ConfigurationErrors) -> ActiveWebConfiguration? {
        guard let file else { return nil }
        do {
            return ActiveWebConfiguration(path: file, read: try WebConfiguration.load(path: file))
        } catch {
            for issue in error.issues { printError("\(issue)") }
            throw error
        }
    }
}

extension LogLevelName: ExpressibleByArgument {
    /// Reads a level as other programs write it, too: `WARNING`, `Info`.
    package init?(argument: String) {
        let word = argument.lowercased()
        self.init(rawValue: word == "warning" ? "warn" : word)
    }
}
extension LogDestination: ExpressibleByArgument {}
