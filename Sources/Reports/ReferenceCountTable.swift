import Probing

/// The runs of the probe `refcount` as a table for a terminal.
struct ReferenceCountTable {
    /// A heading, and the table.
    let lines: [String]
    /// What the table shows.
    let sentences: [String]

    /// A row of one runtime: a scheme and a sharing.
    private struct Row {
        let runtime: String
        let scheme: ReferenceCountScheme
        let sharing: ReferenceSharing
        let phases: [ReferenceCountPhase]

        var alone: ReferenceCountPhase? { phases.alone(scheme, sharing) }
        var together: ReferenceCountPhase? { phases.together(scheme, sharing) }
        var speedup: Double? { phases.speedup(scheme, sharing) }

        func ratio(_ phase: ReferenceCountPhase) -> String {
            phases.ratio(of: phase).map { "×\(NumberText.decimal($0, places: 1))" } ?? ""
        }
    }

    /// - Parameter runs: of the probe `refcount`.
    init(_ runs: [Round.Run]) {
        let rows = runs.flatMap(Self.rows)
        let failures = runs.filter { $0.measurement == nil }.map { [$0.runtime, "failed"] }
        let workers = rows.flatMap(\.phases).map(\.workers).max() ?? 1
        let times = [Self.times(rows, \.alone), Self.times(rows, \.together)]
        var columns: [TextTable.Column] = [
            .words("runtime"), .words("scheme"), .words("objects"), .numbers("1 worker"),
        ]
        if workers > 1 {
            columns += [.numbers("\(workers) workers"), .numbers("speedup"), .numbers("leaked"), .numbers("early")]
        }
        let cells = zip(rows, zip(times[0], times[1])).map { row, times in
            let speedup = row.speedup.map { NumberText.decimal($0, places: 2) } ?? "-"
            let lost = row.together.map { [LostUpdates.text($0.leakedShare), LostUpdates.text($0.releasedEarlyShare)] }
            let one = [row.runtime, row.scheme.rawValue, row.sharing.rawValue, times.0]
            return workers == 1 ? one : one + [times.1, speedup] + (lost ?? ["-", "-"])
        }
        let rest = failures.map { $0 + Array(repeating: "-", count: columns.count - $0.count) }
        let table = TextTable(columns, rows: cells + rest)
        let heading = "reference counts: ns that a worker takes for a pair (× one, unprotected)"
        lines = [heading, table.header] + table.lines
        let legend =
            "A pair takes a reference and drops it. Leaked: updates lost so that objects are never released. "
            + "Early: so that they are released in use."
        sentences = (workers > 1 ? [legend] : []) + runs.compactMap(Self.finding)
    }

    private static func rows(_ run: Round.Run) -> [Row] {
        let phases = run.measurement?.referenceCounts ?? []
        return ReferenceCountScheme.allCases.flatMap { scheme in
            ReferenceSharing.allCases.compactMap { sharing in
                let isMeasured = phases.contains { $0.scheme == scheme && $0.sharing == sharing }
                return isMeasured ? Row(runtime: run.runtime, scheme: scheme, sharing: sharing, phases: phases) : nil
            }
        }
    }

    /// The cells of a column: the time and the ratio, each of them aligned.
    private static func times(_ rows: [Row], _ phase: (Row) -> ReferenceCountPhase?) -> [String] {
        let ratios = rows.map { row in phase(row).map(row.ratio) ?? "" }
        let width = ratios.reduce(0) { max($0, $1.count) }
        return zip(rows, ratios).map { row, ratio in
            let padding = String(repeating: " ", count: width - ratio.count)
            return "\(phase(row)?.pairTimeText ?? "-") \(padding)\(ratio)"
        }
    }

    private static func finding(_ run: Round.Run) -> String? {
        guard let measurement = run.measurement, !measurement.referenceCounts.isEmpty else { return nil }
        let findings = ReferenceCountFindings(measurement.referenceCounts, disturbances: measurement.disturbances)
        return "\(run.runtime): \(findings.sentences.joined(separator: " "))"
    }
}
