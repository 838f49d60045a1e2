import ArgumentParser
import Daemon
import Linux

/// `gil-exporter reload`: has the daemon read its configuration again, and says whether it did.
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the running daemon reload its configuration, and wait until it has.",
        discussion: """
            Exit status 0 when the configuration in the file is in force now, or 1 and the reasons when it was refused \
            and the one from before stays in force. For ExecReload= of a systemd unit with RuntimeDirectory=; \
            SIGHUP does the same without an answer.
            """
    )

    @OptionGroup var control: ControlOptions

    func run() throws {
        let path = control.path ?? ControlSocketPath.ofThisService ?? ControlSocketPath.ofPackagedService
        switch try outcome(path) {
        case .reloaded:
            break
        case .refused(let reasons):
            for reason in reasons { try StandardStream.error.write("gil-exporter: \(reason)\n") }
            throw ExitCode.failure
        }
    }

    private func outcome(_ path: String) throws -> ReloadOutcome {
        do {
            return try ControlClient(path: path).reload()
        } catch {
            try StandardStream.error.write("gil-exporter: \(error)\n")
            throw ExitCode.failure
        }
    }
}
