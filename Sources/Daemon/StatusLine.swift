import ConfigurationFiles
import Linux
import Observation
import Reports

/// The text of `systemctl status`: the result of the last round, what limits the observation, and the failure of the last
/// reload until one succeeds.
final class StatusLine: Sendable {
    private struct Parts: Sendable {
        var probes = StatusLine.firstRound
        var refusals: [ConfigurationMetrics.File: String] = [:]
        /// The action that lets the exporter observe processes of other users.
        var remedy: String?
    }

    private static let firstRound = "The first round of probes is running."
    private static let noProbes = "Probes are disabled."

    private let parts = Protected(Parts())

    var text: String {
        parts.withLock { parts in
            // First, because the manager cuts off the end of a long text.
            let refused = parts.refusals[.main] ?? parts.refusals[.web]
            let refusal = refused.map { "The last reload failed, \($0). " } ?? ""
            let remedy = parts.remedy.map { "Processes of other users are not observed: \($0). " } ?? ""
            return "\(refusal)\(remedy)\(parts.probes)"
        }
    }

    func finished(_ round: StatusSentence) { parts.withLock { $0.probes = round.description } }

    /// - Returns: whether the text is another.
    func probesDisabled(_ isDisabled: Bool) -> Bool {
        parts.withLock { parts in
            guard isDisabled != (parts.probes == Self.noProbes) else { return false }
            parts.probes = isDisabled ? Self.noProbes : Self.firstRound
            return true
        }
    }

    /// - Parameter scope: nil while nothing is observed.
    /// - Returns: whether the text is another.
    func observed(_ scope: ObservationScope?) -> Bool {
        let remedy = scope?.remedies.first
        return parts.withLock { parts in
            defer { parts.remedy = remedy }
            return parts.remedy != remedy
        }
    }

    func configurationLoaded(_ files: Set<ConfigurationMetrics.File>) {
        parts.withLock { parts in for file in files { parts.refusals[file] = nil } }
    }

    func configurationRefused(_ file: ConfigurationMetrics.File, _ issue: ConfigurationIssue) {
        parts.withLock { $0.refusals[file] = issue.description }
    }
}
