import Linux
import Probing

/// What `systemctl status` shows after a round, for a person.
struct StatusSentence: CustomStringConvertible {
    let description: String

    init(_ round: Round, _ next: NextRound) {
        let runtimes = round.runs.reduce(into: [String]()) { names, run in
            if !names.contains(run.runtime) { names.append(run.runtime) }
        }
        let parts = runtimes.sorted().map { Self.runtime($0, round) }
        let wait = next.isStretched ? "\(Self.seconds(next)) (delayed to keep the CPU budget)" : Self.seconds(next)
        description = "Speedup of \(parts.joined(separator: "; ")). Next round \(wait) after the last."
    }

    private static func runtime(_ name: String, _ round: Round) -> String {
        let words = Probe.allCases.filter { $0 != .single }.compactMap { probe -> String? in
            guard let run = round.runs.first(where: { $0.runtime == name && $0.probe == probe }) else { return nil }
            guard case .success(let measurement) = run.outcome, let speedup = round.speedup(of: measurement) else {
                return "\(probe.rawValue) failed"
            }
            let mark = measurement.disturbances.isEmpty ? "" : " (disturbed)"
            return "\(probe.rawValue) \(hundredths(speedup))\(mark)"
        }
        return "\(name): \(words.joined(separator: ", "))"
    }

    private static func seconds(_ next: NextRound) -> String { "\(Int(next.interval.seconds.rounded())) s" }

    private static func hundredths(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
