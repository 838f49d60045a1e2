import Linux
package import Probing

/// The result of a round in a sentence, for `systemctl status`.
package struct StatusSentence: CustomStringConvertible {
    package let description: String

    package init(_ round: Round, _ next: NextRound) {
        let runtimes = Set(round.runs.map(\.runtime)).sorted()
        let results = [Figure.speedup, .seconds].compactMap { figure -> String? in
            let parts = runtimes.filter { Figure(of: $0, round) == figure }.map { Self.figures(of: $0, figure, round) }
            return parts.isEmpty ? nil : "\(figure.rawValue) of \(parts.joined(separator: "; "))."
        }
        let delay = next.isStretched ? " (delayed to keep the CPU budget)" : ""
        let wait = NumberText.seconds(next.interval.seconds, places: 0)
        let result = results.isEmpty ? "No probe was run." : results.joined(separator: " ")
        description = "\(result) Next round \(wait)\(delay) after the last."
    }

    /// The figure that the sentence gives for the probes of a runtime: the speedup, or the time where there is none.
    private enum Figure: String {
        case speedup = "Speedup"
        case seconds = "Seconds"

        init(of runtime: String, _ round: Round) {
            let runs = round.runs.filter { $0.runtime == runtime }
            let hasReference = runs.contains { $0.probe.isReference && $0.measurement != nil }
            self = hasReference && runs.contains { !$0.probe.isReference } ? .speedup : .seconds
        }
    }

    /// "native: gil 1.00, lockfree 1.98".
    private static func figures(of runtime: String, _ figure: Figure, _ round: Round) -> String {
        let words = Probe.allCases.compactMap { probe -> String? in
            // The speedup of the reference probe is 1 by definition.
            if figure == .speedup, probe.isReference { return nil }
            guard let run = round.run(probe, of: runtime) else { return nil }
            guard let measurement = run.measurement else { return "\(probe.rawValue) failed" }
            let speedup = figure == .speedup ? run.speedup : nil
            let value = NumberText.decimal(speedup ?? measurement.durationSeconds, places: 2)
            return "\(probe.rawValue) \(value)\(measurement.disturbances.isEmpty ? "" : " (disturbed)")"
        }
        return "\(runtime): \(words.joined(separator: ", "))"
    }
}
