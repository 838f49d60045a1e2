import ArgumentParser
import ConfigurationFiles
import Linux

/// `gil-exporter check-config`: says whether the daemon would accept a file.
struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check a configuration file: OK and exit status 0, or every error and 1."
    )

    @Argument(help: "The YAML file.")
    var file: String

    func run() throws {
        do {
            _ = try Configuration.load(path: file)
        } catch {
            for issue in error.issues { try StandardStream.error.write("\(issue)\n") }
            throw ExitCode.failure
        }
        try StandardStream.output.write("\(file): OK\n")
    }
}
