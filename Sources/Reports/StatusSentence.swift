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
        let others = round.runs.filter { $0.probe.work != .countdown }
        let sentences = results + [Self.latencies(others), Self.failures(others)].compactMap { $0 }
        let delay = next.isStretched ? " (delayed to keep the CPU budget)" : ""
        let wait = NumberText.seconds(next.interval.seconds, places: 0)
        let names = others.map { "\($0.runtime) \($0.probe.rawValue)" }
        let nothing = names.isEmpty ? "No probe was run." : "Measured \(names.sorted().joined(separator: ", "))."
        let result = sentences.isEmpty ? nothing : sentences.joined(separator: " ")
        description = "\(result) Next round \(wait)\(delay) after the last."
    }

    /// The figure that the sentence gives for the countdowns of a runtime: the speedup, or the time where there is none.
    private enum Figure: String {
        case speedup = "Speedup"
        case seconds = "Seconds"

        /// Nil for a runtime without countdowns.
        init?(of runtime: String, _ round: Round) {
            let runs = round.runs.filter { $0.runtime == runtime && $0.probe.work == .countdown }
            guard !runs.isEmpty else { return nil }
            let hasReference = runs.contains { $0.probe.isReference && $0.measurement != nil }
            self = hasReference && runs.contains { !$0.probe.isReference } ? .speedup : .seconds
        }
    }

    /// "native: gil 1.00, lockfree 1.98".
    private static func figures(of runtime: String, _ figure: Figure, _ round: Round) -> String {
        let words = Probe.allCases.compactMap { probe -> String? in
            // The speedup of the reference probe is 1 by definition.
            if figure == .speedup, probe.isReference { return nil }
            guard probe.work == .countdown, let run = round.run(probe, of: runtime) else { return nil }
            guard let measurement = run.measurement else { return "\(probe.rawValue) failed" }
            let speedup = figure == .speedup ? run.speedup : nil
            let value = NumberText.decimal(speedup ?? measurement.durationSeconds, places: 2)
            return "\(probe.rawValue) \(value)\(mark(measurement))"
        }
        return "\(runtime): \(words.joined(separator: ", "))"
    }

    /// "Latency of native: 5.1 ms; python3: 5.2 ms."; nil where none was measured.
    private static func latencies(_ runs: [Round.Run]) -> String? {
        let parts = runs.compactMap { run -> (runtime: String, text: String)? in
            guard let measurement = run.measurement, let latency = measurement.latency?.main else { return nil }
            let text = "\(run.runtime): \(NumberText.milliseconds(latency.median))\(mark(measurement))"
            return (run.runtime, text)
        }
        let texts = parts.sorted { $0.runtime < $1.runtime }.map(\.text)
        return texts.isEmpty ? nil : "Latency of \(texts.joined(separator: "; "))."
    }

    /// "Failed: python3 refcount."; nil where none failed.
    private static func failures(_ runs: [Round.Run]) -> String? {
        let failed = runs.filter { $0.measurement == nil }.map { "\($0.runtime) \($0.probe.rawValue)" }
        return failed.isEmpty ? nil : "Failed: \(failed.sorted().joined(separator: ", "))."
    }

    private static func mark(_ measurement: Measurement) -> String {
        measurement.disturbances.isEmpty ? "" : " (disturbed)"
    }
}
