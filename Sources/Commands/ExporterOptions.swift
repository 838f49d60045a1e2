import ArgumentParser
import ConfigurationFiles
import Daemon
import Linux
import Web

/// Options that more than one command has, named as in the Prometheus exporter toolkit.
struct LoggingOptions: ParsableArguments {
    @Option(name: .customLong("log.level"), help: "Only log messages of this severity or above.")
    var level: LogLevelName = .info

    @Option(
        name: .customLong("log.format"),
        help: "Output format of log messages; auto is the journal where standard error is connected to it, else logfmt."
    )
    var format: LogDestination = .auto
}

struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config.file"),
        help: ArgumentHelp("YAML file; without it, defaults all over.", valueName: "path")
    )
    var file: String?

    /// The configuration; what is wrong with it goes to standard error, an error a line.
    func load() throws(ConfigurationErrors) -> Configuration {
        guard let file else { return Configuration() }
        do {
            return try Configuration.load(path: file)
        } catch {
            for issue in error.issues { try? StandardStream.error.write("gil-exporter: \(issue)\n") }
            throw error
        }
    }
}

struct WebConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "YAML file with TLS, passwords, headers and a rate limit, as the Prometheus exporter toolkit has it.",
            valueName: "path"
        )
    )
    var file: String?

    /// The configuration; what is wrong with it goes to standard error, an error a line.
    func load() throws(ConfigurationErrors) -> WebConfigurationFile? {
        guard let file else { return nil }
        do {
            return WebConfigurationFile(path: file, read: try WebConfiguration.load(path: file))
        } catch {
            for issue in error.issues { try? StandardStream.error.write("gil-exporter: \(issue)\n") }
            throw error
        }
    }
}

struct ControlOptions: ParsableArguments {
    @Option(
        name: .customLong("control.socket"),
        help: ArgumentHelp(
            "Unix socket over which the daemon is told to reload; by default control.sock in $RUNTIME_DIRECTORY.",
            valueName: "path"
        )
    )
    var path: String?
}

extension LogLevelName: ExpressibleByArgument {}
extension LogDestination: ExpressibleByArgument {}
