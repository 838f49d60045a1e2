package import Observation

/// Watched processes as a table for a terminal. The threads of a process follow its row.
package struct WatchTable: CustomStringConvertible {
    package let description: String

    private static let columns: [TextTable.Column] = [
        .numbers("pid"), .words("name"), .words("python"), .words("build"), .numbers("held"), .numbers("wait"),
        .numbers("waiting"), .numbers("switches/s"), .numbers("cpu"), .numbers("run queue"),
    ]

    /// - Parameter columns: the width of the terminal; nil for no limit.
    package init(_ processes: [WatchedProcess], columns: Int?) {
        let table = TextTable(Self.columns, rows: processes.map(Self.cells))
        var lines = [table.header]
        for (process, row) in zip(processes, table.lines) {
            lines.append(row)
            for thread in process.lockThreads {
                let number = thread.tid.map { "\($0)" } ?? "?"
                lines.append("    \(number) \(TextTable.printable(thread.name)): \(thread.role.rawValue)")
            }
        }
        description = lines.map { columns.map($0.prefix) ?? $0[...] }.joined(separator: "\n") + "\n"
    }

    private static func cells(_ process: WatchedProcess) -> [String] {
        let (pid, name) = ("\(process.pid)", process.name)
        let cpu = [process.cpuRatio, process.runQueueRatio].map { $0.map(NumberText.percent) ?? "?" }
        switch process.activity {
        case nil:
            return [pid, name, "?", "?", "?", "?", "?", "?"] + cpu
        case .failure(let reason):
            return [pid, name, "?", reason.rawValue, "-", "-", "-", "-"] + cpu
        case .success(let activity):
            let observation = activity.observation
            let build = observation.build.rawValue
            return [
                pid, name, observation.version.description,
                observation.isGILEnabled ? build : "\(build), GIL off",
                activity.rate(of: .held).map(NumberText.percent) ?? "?",
                activity.rate(of: .wait).map(NumberText.percent) ?? "?",
                ObservedMetric.waitingThreads.value(of: observation).map(number) ?? "?",
                activity.rate(of: .switches).map(number) ?? "?",
            ] + cpu
        }
    }

    private static func number(_ value: Double) -> String { NumberText.decimal(value, places: 0) }
}
