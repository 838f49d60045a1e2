import ConfigurationFiles
import Linux
import Reports

/// The text of `systemctl status`: the result of the last round, and the failure of the last reload until one succeeds.
final class StatusLine: Sendable {
    private struct Parts: Sendable {
        var round = "The first round of probes is running."
        var refusal: String?
    }

    private let parts = Protected(Parts())

    var text: String {
        parts.withLock { parts in
            guard let refusal = parts.refusal else { return parts.round }
            // First, because the manager cuts off the end of a long text.
            return "The last reload failed, \(refusal). \(parts.round)"
        }
    }

    func finished(_ round: StatusSentence) { parts.withLock { $0.round = round.description } }

    func configurationLoaded() { parts.withLock { $0.refusal = nil } }

    func configurationRefused(_ issue: ConfigurationIssue) { parts.withLock { $0.refusal = issue.description } }
}
