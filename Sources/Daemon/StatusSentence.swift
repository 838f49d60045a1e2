import Linux
import Probing

/// What `systemctl status` shows after a round, for a person.
struct StatusSentence: CustomStringConvertible {
    let description: String

    init(_ round: Round, _ next: NextRound) {
        let runtimes = round.runs.reduce(into: [String]()) { names, run in
            if !names.contains(run.runtime) { names.append(run.runtime) }
        }
        let sentences = [Figure.speedup, .seconds].compactMap { figure -> String? in
            let named = runtimes.sorted().filter { Figure(of: $0, round) == figure }
            let parts = named.map { Self.runtime($0, figure, round) }
            return parts.isEmpty ? nil : "\(figure.rawValue) of \(parts.joined(separator: "; "))."
        }
        let wait = next.isStretched ? "\(Self.seconds(next)) (delayed to keep the CPU budget)" : Self.seconds(next)
        let told = sentences.isEmpty ? "No probe was run." : sentences.joined(separator: " ")
        description = "\(told) Next round \(wait) after the last."
    }

    /// What is told of a runtime's probes: the speedup, or where there is none the time.
    private enum Figure: String {
        case speedup = "Speedup"
        case seconds = "Seconds"

        init(of runtime: String, _ round: Round) {
            let runs = round.runs.filter { $0.runtime == runtime }
            let hasSingle = round.measurements.contains { $0.runtime == runtime && $0.probe == .single }
            self = hasSingle && runs.contains { $0.probe != .single } ? .speedup : .seconds
        }
    }

    private static func runtime(_ name: String, _ figure: Figure, _ round: Round) -> String {
        let words = Probe.allCases.compactMap { probe -> String? in
            // Its speedup is 1 by definition.
            if figure == .speedup, probe == .single { return nil }
            guard let run = round.runs.first(where: { $0.runtime == name && $0.probe == probe }) else { return nil }
            guard let measurement = run.measurement else { return "\(probe.rawValue) failed" }
            let speedup = figure == .speedup ? run.speedup : nil
            let value = speedup ?? Double(measurement.duration) / 1e9
            let mark = measurement.disturbances.isEmpty ? "" : " (disturbed)"
            return "\(probe.rawValue) \(hundredths(value))\(mark)"
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
