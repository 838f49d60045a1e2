import ArgumentParser
import ConfigurationFiles
import Linux
import Web

/// `gil-exporter check-config`: reports whether the daemon would accept a file.
struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check configuration files: print OK and exit with status 0, or print every error and exit with 1."
    )

    @Argument(help: "The YAML file.")
    var file: String?

    @Option(
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "A web configuration. The certificates and keys that it names are checked, too.",
            valueName: "path"
        )
    )
    var webFile: String?

    func validate() throws {
        guard file != nil || webFile != nil else {
            throw ValidationError("There is nothing to check: name a file, or one with --web.config.file.")
        }
    }

    func run() throws {
        let checks = [
            file.map { file in
                (file, Result { () throws(ConfigurationErrors) in _ = try Configuration.load(path: file) })
            },
            webFile.map { file in
                (file, Result { () throws(ConfigurationErrors) in _ = try WebConfiguration.load(path: file) })
            },
        ].compactMap(\.self)
        for case (_, .failure(let errors)) in checks {
            for issue in errors.issues { printError("\(issue)", prefix: "") }
        }
        for case (let file, .success) in checks { try StandardStream.output.write("\(file): OK\n") }
        for case (_, .failure) in checks { throw ExitCode.failure }
    }
}
