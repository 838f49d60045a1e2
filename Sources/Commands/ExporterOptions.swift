import ArgumentParser
import ConfigurationFiles
import Daemon
import Linux

/// Options that more than one command has, named as in the Prometheus exporter toolkit.
struct LoggingOptions: ParsableArguments {
    @Option(name: .customLong("log.level"), help: "Only log messages of this severity or above.")
    var level: LogLevelName = .info

    @Option(name: .customLong("log.format"), help: "Output format of log messages.")
    var format: LogFormat = .logfmt
}

struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config.file"),
        help: ArgumentHelp("YAML file; without it, defaults all over.", valueName: "path")
    )
    var file: String?

    /// The configuration; what is wrong with it goes to standard error, an error a line.
    ///
    /// - Throws: `ExitCode` 1.
    func load() throws -> Configuration {
        guard let file else { return Configuration() }
        do {
            return try Configuration.load(path: file)
        } catch {
            for issue in error.issues { try? StandardStream.error.write("gil-exporter: \(issue)\n") }
            throw ExitCode.failure
        }
    }
}

extension LogLevelName: ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
