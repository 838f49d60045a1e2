import Probing

/// A round as a table that a person reads, with bars of where the workers' time went.
struct RoundTable: CustomStringConvertible {
    let description: String

    /// - Parameter columns: of the terminal; nil: 80.
    init(_ round: Round, columns: Int?) {
        let header = ["runtime", "probe", "workers", "seconds", "speedup", "cpu", "lock wait", "run queue"]
        let rows = round.runs.sorted { Self.key($0, round) < Self.key($1, round) }.map(Self.cells)
        let widths = header.indices.map { column in ([header] + rows.map(\.cells)).map { $0[column].count }.max() ?? 0 }
        let taken = widths.reduce(0, +) + 2 * widths.count
        let barWidth = max(10, min(40, (columns ?? 80) - taken))
        var lines = [Self.line(header, widths) + "  worker time"]
        for row in rows {
            lines.append(Self.line(row.cells, widths) + "  " + (row.measurement.map { Self.bar($0, barWidth) } ?? ""))
        }
        lines.append("")
        lines.append("worker time: █ CPU  ░ waiting for the lock  ▒ waiting for a CPU  · other")
        for run in round.runs {
            guard case .success(let measurement) = run.outcome, !measurement.disturbances.isEmpty else { continue }
            let names = measurement.disturbances.map(\.rawValue).sorted().joined(separator: ", ")
            lines.append("\(run.runtime) \(run.probe.rawValue) was disturbed: \(names)")
        }
        description = lines.joined(separator: "\n") + "\n"
    }

    private static func cells(_ run: Round.Run) -> (cells: [String], measurement: Measurement?) {
        guard case .success(let measurement) = run.outcome else {
            return ([run.runtime, run.probe.rawValue, "-", "failed", "-", "-", "-", "-"], nil)
        }
        let cells = [
            run.runtime,
            run.probe.rawValue,
            "\(measurement.workers)",
            decimal(Double(measurement.duration) / 1e9, places: 3),
            run.speedup.map { decimal($0, places: 2) } ?? "-",
            percent(measurement.cpuUtilization),
            measurement.ledger.lockWaitRatio.map(percent) ?? "?",
            measurement.ledger.runQueueRatio.map(percent) ?? "?",
        ]
        return (cells, measurement)
    }

    /// In the order in which the runtimes were probed, and the probes as they are always listed.
    private static func key(_ run: Round.Run, _ round: Round) -> (Int, Int) {
        let names = round.runs.map(\.runtime)
        return (names.firstIndex(of: run.runtime) ?? 0, Probe.allCases.firstIndex(of: run.probe) ?? 0)
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        cells.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - cells[column].count)
            // Names to the left, numbers to the right.
            return column < 2 ? cells[column] + padding : padding + cells[column]
        }
        .joined(separator: "  ")
    }

    static func bar(_ measurement: Measurement, _ width: Int) -> String {
        let ledger = measurement.ledger
        let parts: [(Character, UInt64)] = [
            ("█", ledger.cpu), ("░", ledger.lockWait ?? 0), ("▒", ledger.runQueue ?? 0),
        ]
        var bar = ""
        var sum = 0.0
        for (character, nanoseconds) in parts {
            // Rounded at the borders and not part by part, so that the bar is as long as the time.
            sum += Double(nanoseconds)
            let border = min(width, Int((sum / Double(ledger.wall) * Double(width)).rounded()))
            bar += String(repeating: character, count: max(0, border - bar.count))
        }
        return bar + String(repeating: "·", count: width - bar.count)
    }

    private static func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded())) %" }

    static func decimal(_ value: Double, places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = "\(scaled % scale)"
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
