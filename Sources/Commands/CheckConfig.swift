import ArgumentParser
import ConfigurationFiles
import Linux
import Probing
import Web

/// `gil-exporter check-config`: reports whether the daemon would accept a file.
struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check configuration files: print OK and exit with status 0, or print every error and exit with 1.",
        discussion: """
            Warns about runtimes whose programs are missing on this host; they may be installed later.

            Examples:
              gil-exporter check-config gil-exporter.yml
              gil-exporter check-config gil-exporter.yml --web.config.file=web.yml
            """
    )

    @Argument(help: "The YAML file.")
    var file: String?

    @Option(
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "A web configuration. The certificates and keys that it names are checked, too. (default: none)",
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
        let read = file.map { file in
            Result { () throws(ConfigurationErrors) in try Configuration.load(path: file) }
        }
        let checks = [
            file.flatMap { file in read.map { (file, $0.map { _ in }) } },
            webFile.map { file in
                (file, Result { () throws(ConfigurationErrors) in _ = try WebConfiguration.load(path: file) })
            },
        ].compactMap(\.self)
        for case (_, .failure(let errors)) in checks {
            for issue in errors.issues { printError("\(issue)") }
        }
        if let file, case .success(let configuration) = read { warn(configuration, file: file) }
        for case (let file, .success) in checks { try StandardStream.output.write("\(file): OK\n") }
        for case (_, .failure) in checks { throw ExitCode.failure }
    }

    /// Warns about programs that the daemon could not start now.
    private func warn(_ configuration: Configuration, file: String) {
        let discovery = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
        for runtime in configuration.probing.runtimes {
            guard let program = discovery.missingProgram(of: runtime) else { continue }
            let place = program.contains("/") ? "is not an executable file" : "is not on PATH"
            printError(
                "warning: \(file): the runtime \(runtime.name) cannot be probed, because \(program) \(place): "
                    + "install it, or correct runtimes.list"
            )
        }
    }
}
