import Observation

/// Watched processes as a table that a person reads.
struct WatchTable: CustomStringConvertible {
    let description: String

    private static let header = [
        "pid", "name", "python", "build", "held", "wait", "waiting", "switches/s", "cpu", "run queue",
    ]
    /// Names are to the left, numbers to the right.
    private static let names = 1...3

    /// - Parameter columns: of the terminal; nil: no limit.
    init(_ processes: [WatchedProcess], columns: Int?) {
        let rows = processes.map(Self.cells)
        let widths = Self.header.indices.map { column in
            ([Self.header] + rows).map { $0[column].count }.max() ?? 0
        }
        var lines = [Self.line(Self.header, widths)]
        for (process, row) in zip(processes, rows) {
            lines.append(Self.line(row, widths))
            for thread in process.lockThreads {
                let number = thread.tid.map { "\($0)" } ?? "?"
                lines.append("    \(number) \(Self.printable(thread.name)): \(thread.role.rawValue)")
            }
        }
        description = lines.map { columns.map($0.prefix) ?? $0[...] }.joined(separator: "\n") + "\n"
    }

    private static func cells(_ process: WatchedProcess) -> [String] {
        let cpu = [process.cpuRatio.map(percent) ?? "?", process.runQueueRatio.map(percent) ?? "?"]
        let name = printable(process.name)
        switch process.activity {
        case nil:
            return ["\(process.pid)", name, "?", "?", "?", "?", "?", "?"] + cpu
        case .failure(let reason):
            return ["\(process.pid)", name, "?", reason.rawValue, "-", "-", "-", "-"] + cpu
        case .success(let activity):
            let seen = activity.observation
            return [
                "\(process.pid)", name,
                "\(seen.version.major).\(seen.version.minor).\(seen.version.micro)",
                seen.isGILEnabled ? seen.build.rawValue : "\(seen.build.rawValue), GIL off",
                percent(activity.heldRatio),
                activity.waitRatio.map(percent) ?? "?",
                seen.waitingThreads.map { "\($0)" } ?? "?",
                "\(Int(activity.switchesPerSecond.rounded()))",
            ] + cpu
        }
    }

    /// Somebody else's process may call itself and its threads what it likes, and a terminal obeys control characters, those
    /// of ISO 6429 beyond ASCII and those that turn the direction of writing too.
    private static func printable(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: "?"
                    default: scalar
                    }
                }
            )
        )
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        cells.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - cells[column].count)
            return names.contains(column) ? cells[column] + padding : padding + cells[column]
        }
        .joined(separator: "  ")
    }

    private static func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded())) %" }
}
