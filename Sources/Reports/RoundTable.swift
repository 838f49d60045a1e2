package import Probing

/// A round as a table for a terminal, with a bar of the worker time of each run.
package struct RoundTable: CustomStringConvertible {
    package let description: String

    private static let columns: [TextTable.Column] = [
        .words("runtime"), .words("probe"), .numbers("workers"), .numbers("seconds"), .numbers("speedup"),
        .numbers("cpu"), .numbers("lock wait"), .numbers("run queue"),
    ]

    /// - Parameter columns: of the terminal; nil: 80.
    package init(_ round: Round, columns: Int?) {
        let runs = Self.sorted(round.runs)
        let table = TextTable(Self.columns, rows: runs.map(Self.cells))
        let barWidth = max(10, min(40, (columns ?? 80) - table.width - 2))
        let rows = zip(runs, table.lines).map { run, line in
            run.measurement.map { "\(line)  \(Self.bar($0.ledger, barWidth))" } ?? line
        }
        let disturbances = round.measurements.filter { !$0.disturbances.isEmpty }.map { measurement in
            let names = measurement.disturbanceNames.joined(separator: ", ")
            return "\(measurement.runtime) \(measurement.probe.rawValue) was disturbed: \(names)"
        }
        let legend = ["", "worker time: █ CPU  ░ waiting for the lock  ▒ waiting for a CPU  · other"]
        let lines = ["\(table.header)  worker time"] + rows + legend + disturbances
        description = lines.joined(separator: "\n") + "\n"
    }

    /// Runtimes in the order of their first runs, probes in the order of their list.
    private static func sorted(_ runs: [Round.Run]) -> [Round.Run] {
        let runtimes = runs.reduce(into: [String]()) { names, run in
            if !names.contains(run.runtime) { names.append(run.runtime) }
        }
        return runtimes.flatMap { runtime in
            Probe.allCases.flatMap { probe in runs.filter { $0.runtime == runtime && $0.probe == probe } }
        }
    }

    private static func cells(_ run: Round.Run) -> [String] {
        guard let measurement = run.measurement else {
            return [run.runtime, run.probe.rawValue, "-", "failed", "-", "-", "-", "-"]
        }
        let ledger = measurement.ledger
        return [
            run.runtime,
            run.probe.rawValue,
            "\(measurement.workers)",
            NumberText.decimal(measurement.durationSeconds, places: 3),
            run.speedup.map { NumberText.decimal($0, places: 2) } ?? "-",
            NumberText.percent(measurement.cpuUtilization),
            ledger.lockWaitRatio.map(NumberText.percent) ?? "?",
            ledger.runQueueRatio.map(NumberText.percent) ?? "?",
        ]
    }

    static func bar(_ ledger: TimeLedger, _ width: Int) -> String {
        let parts: [(Character, UInt64)] = [
            ("█", ledger.cpu), ("░", ledger.lockWait ?? 0), ("▒", ledger.runQueue ?? 0),
        ]
        var bar = ""
        var sum = 0.0
        for (character, nanoseconds) in parts {
            // Rounds each border instead of each part, so that the bar is as long as the time.
            sum += Double(nanoseconds)
            let border = min(width, Int((sum / Double(ledger.wall) * Double(width)).rounded()))
            bar += String(repeating: character, count: max(0, border - bar.count))
        }
        return bar + String(repeating: "·", count: width - bar.count)
    }
}
