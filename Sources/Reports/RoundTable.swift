import Linux
package import Probing

/// A round as tables for a terminal: one of the countdowns, with a bar of the worker time of each, and one each of the
/// other kinds of probes.
package struct RoundTable: CustomStringConvertible {
    package let description: String

    private static let columns: [TextTable.Column] = [
        .words("runtime"), .words("probe"), .numbers("workers"), .numbers("seconds"), .numbers("speedup"),
        .numbers("cpu"), .numbers("lock wait"), .numbers("run queue"),
    ]

    /// - Parameters:
    ///   - switchInterval: of the native runtime. Others report theirs.
    ///   - columns: of the terminal; nil: 80.
    package init(_ round: Round, switchInterval: Duration? = nil, columns: Int?) {
        let runs = Self.sorted(round.runs)
        let columns = columns ?? 80
        let parts = [Probe.Work.countdown, .referenceCounts, .wakeUps].compactMap { work -> [String]? in
            let ones = runs.filter { $0.probe.work == work }
            // A round without any run has an empty table.
            guard !ones.isEmpty || (runs.isEmpty && work == .countdown) else { return nil }
            let lines =
                switch work {
                case .countdown: Self.countdowns(ones, columns)
                case .referenceCounts: Self.referenceCounts(ones, columns)
                case .wakeUps: Self.latencies(ones, switchInterval, columns)
                }
            return lines + ones.compactMap(\.measurement).compactMap(Self.disturbances)
        }
        description = parts.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private static func countdowns(_ runs: [Round.Run], _ columns: Int) -> [String] {
        let table = TextTable(Self.columns, rows: runs.map(cells))
        let barWidth = max(10, min(40, columns - table.width - 2))
        let rows = zip(runs, table.lines).map { run, line in
            run.measurement.map { "\(line)  \(bar($0.ledger, barWidth))" } ?? line
        }
        let legend = ["", "worker time: █ CPU  ░ waiting for the lock  ▒ waiting for a CPU  · other"]
        return ["\(table.header)  worker time"] + rows + legend
    }

    private static func referenceCounts(_ runs: [Round.Run], _ columns: Int) -> [String] {
        let table = ReferenceCountTable(runs)
        return explained(table.lines, table.sentences, columns)
    }

    private static func latencies(_ runs: [Round.Run], _ switchInterval: Duration?, _ columns: Int) -> [String] {
        let table = LatencyTable(runs, switchInterval: switchInterval.map { UInt64($0.nanoseconds) })
        return explained(table.lines, table.sentences, columns)
    }

    private static func explained(_ lines: [String], _ sentences: [String], _ columns: Int) -> [String] {
        let trimmed = lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
        return trimmed + (sentences.isEmpty ? [] : [""]) + sentences.flatMap { TextTable.wrapped($0, columns: columns) }
    }

    private static func disturbances(_ measurement: Measurement) -> String? {
        guard !measurement.disturbances.isEmpty else { return nil }
        let names = measurement.disturbanceNames.joined(separator: ", ")
        return "\(measurement.runtime) \(measurement.probe.rawValue) was disturbed: \(names)"
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
