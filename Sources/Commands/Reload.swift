import ArgumentParser
import Daemon
import Web

/// `gil-exporter reload`: makes the daemon read its configuration again, and reports the outcome.
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the running daemon reload its configuration, and wait until it has.",
        discussion: """
            Exit status 0 if the configuration in the file is in force now. Exit status 1 and the reasons if the daemon \
            refused it and keeps the previous one. For ExecReload= of a systemd unit with RuntimeDirectory=; SIGHUP does \
            the same without an answer.

            Examples:
              gil-exporter reload
              gil-exporter reload --control.socket=/run/gil-exporter/control.sock
            """
    )

    @OptionGroup var control: ControlOptions

    func run() throws {
        let path = control.path ?? ControlSocketPath.inRuntimeDirectory ?? ControlSocketPath.ofPackagedService
        switch try outcome(path) {
        case .reloaded:
            break
        case .refused(let reasons):
            for reason in reasons { printError("\(reason)") }
            throw ExitCode.failure
        }
    }

    private func outcome(_ path: String) throws -> ReloadOutcome {
        do {
            return try ControlClient(path: path).reload()
        } catch {
            printError("\(error)")
            throw ExitCode.failure
        }
    }
}
