/// What became of a reload.
package enum ReloadOutcome: Sendable, Equatable {
    /// What the file says is in force.
    case reloaded
    /// Everything stays as it was, for these reasons: a line each.
    case refused([String])

    private static let verdicts = (reloaded: "reloaded", refused: "refused")

    /// The answer on the control socket: a verdict on the first line, then the reasons, a line each.
    var answer: String {
        switch self {
        case .reloaded: "\(Self.verdicts.reloaded)\n"
        case .refused(let reasons): ([Self.verdicts.refused] + reasons).map { "\($0)\n" }.joined()
        }
    }

    /// Nil when the answer was cut off before the verdict's end, or is none.
    init?(answer: String) {
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        switch lines.first {
        case Self.verdicts.reloaded: self = .reloaded
        case Self.verdicts.refused: self = .refused(Array(lines.dropFirst()))
        default: return nil
        }
    }
}
