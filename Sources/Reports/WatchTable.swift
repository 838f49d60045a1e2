package import Observation

/// Watched processes or services as a table for a terminal. The last row of several is their sum.
package struct WatchTable: CustomStringConvertible {
    /// How the table is shown.
    package struct Style: Sendable {
        /// The size of the terminal; nil for no limit.
        package var columns: Int?
        package var lines: Int?
        /// Whether rows of saturated processes have a colour.
        package var isColoured = false
        /// The time of each row, for an output that is kept.
        package var time: String?

        package init() {}
    }

    /// A row, and lines that belong to it.
    private struct Row {
        var cells: [String]
        var isSaturated = false
        var lines: [String] = []
    }

    package let description: String

    /// A row for each process, followed by its threads.
    package init(_ processes: [WatchedProcess], style: Style = Style()) {
        var rows = processes.map { process in
            Row(
                cells: Self.cells(process),
                isSaturated: process.isSaturated,
                lines: process.lockThreads.map { thread in
                    let number = thread.tid.map { "\($0)" } ?? "?"
                    let place = thread.function.map { " in \(Self.place($0))" } ?? ""
                    return "    \(number) \(TextTable.printable(thread.name)): \(thread.role.rawValue)\(place)"
                }
            )
        }
        if processes.count > 1 { rows.append(Row(cells: Self.sum(WatchedService("", processes)))) }
        self.init(Self.processColumns, rows, hasSum: processes.count > 1, style)
    }

    /// "Handler.get (/srv/shop/views.py:12)"
    private static func place(_ function: PythonFunction) -> String {
        TextTable.printable("\(function.name) (\(function.file):\(function.line))")
    }

    /// A row for each service.
    package init(services: [WatchedService], all processes: [WatchedProcess], style: Style = Style()) {
        var rows = services.map { Row(cells: Self.cells($0), isSaturated: $0.saturated > 0) }
        if services.count > 1 { rows.append(Row(cells: Self.cells(WatchedService("total", processes)))) }
        self.init(Self.serviceColumns, rows, hasSum: services.count > 1, style)
    }

    private init(_ columns: [FittedTable.Column], _ rows: [Row], hasSum: Bool, _ style: Style) {
        let times = style.time.map { [$0] } ?? []
        let table = FittedTable(
            times.map { _ in FittedTable.Column(column: .words("time"), rank: 0) } + columns,
            rows: rows.map { times + $0.cells },
            width: style.columns
        )
        var blocks = zip(table.lines, rows).map { line, row in
            // Bold as well as red, for people who cannot see red: SGR of ECMA-48.
            let shown = row.isSaturated && style.isColoured ? "\u{1B}[1;31m\(line)\u{1B}[0m" : line
            return [shown] + row.lines.map { thread in style.columns.map { String(thread.prefix($0)) } ?? thread }
        }
        let sum = hasSum ? blocks.popLast() ?? [] : []
        var lines = [table.header]
        // The cursor is in the last line.
        let room = style.lines.map { max(1, $0 - 2 - sum.count) } ?? .max
        if blocks.reduce(0, { $0 + $1.count }) > room {
            var taken = 0
            let fitting = blocks.prefix { block in
                taken += block.count
                return taken < room
            }
            lines += fitting.joined() + ["… \(blocks.count - fitting.count) more"]
        } else {
            lines += blocks.joined()
        }
        description = (lines + sum).joined(separator: "\n") + "\n"
    }

    // MARK: columns

    private static let processColumns: [FittedTable.Column] = [
        .init(column: .numbers("pid"), rank: 0), .init(column: .words("name"), rank: 2),
        .init(column: .words("python"), rank: 9), .init(column: .words("build"), rank: 10),
        .init(column: .numbers("held"), rank: 1), .init(column: .numbers("wait"), rank: 3),
        .init(column: .numbers("stalled"), rank: 11), .init(column: .numbers("waiting"), rank: 6),
        .init(column: .numbers("switches/s"), rank: 7), .init(column: .numbers("cpu"), rank: 5),
        .init(column: .numbers("run queue"), rank: 8), .init(column: .words("command"), rank: 4, isFlexible: true),
    ]

    private static let serviceColumns: [FittedTable.Column] = [
        .init(column: .words("service"), rank: 0, isFlexible: true), .init(column: .numbers("processes"), rank: 5),
        .init(column: .numbers("saturated"), rank: 3), .init(column: .numbers("busiest"), rank: 4),
        .init(column: .numbers("held"), rank: 1), .init(column: .numbers("wait"), rank: 2),
        .init(column: .numbers("stalled"), rank: 10), .init(column: .numbers("waiting"), rank: 7),
        .init(column: .numbers("switches/s"), rank: 8), .init(column: .numbers("cpu"), rank: 6),
        .init(column: .numbers("run queue"), rank: 9),
    ]

    private static func cells(_ process: WatchedProcess) -> [String] {
        let python: [String]
        let activity: [String]
        switch process.activity {
        case nil:
            python = ["?", "?"]
            activity = Array(repeating: "?", count: 5)
        case .failure(let reason):
            python = ["?", reason.rawValue]
            activity = Array(repeating: "-", count: 5)
        case .success(let known):
            let build = known.observation.build.rawValue
            python = [
                known.observation.version.description, known.observation.isGILEnabled ? build : "\(build), GIL off",
            ]
            activity = [
                percent(process.held), percent(process.wait), percent(process.stalledWait),
                number(process.waitingThreads), number(process.switches),
            ]
        }
        return ["\(process.pid)", process.name] + python + activity
            + [percent(process.cpuRatio), percent(process.runQueueRatio), command(process)]
    }

    private static func sum(_ all: WatchedService) -> [String] {
        ["total", "\(all.processes) processes", "", ""] + sums(all) + [""]
    }

    private static func cells(_ service: WatchedService) -> [String] {
        [service.name, "\(service.processes)", "\(service.saturated)", percent(service.busiest)] + sums(service)
    }

    private static func sums(_ all: WatchedService) -> [String] {
        [
            percent(all.held), percent(all.wait), percent(all.stalledWait), number(all.waitingThreads),
            number(all.switches), percent(all.cpuRatio), percent(all.runQueueRatio),
        ]
    }

    /// The command line without the folder of the program, which seldom tells processes apart.
    private static func command(_ process: WatchedProcess) -> String {
        // Scripts of `python -c` have several lines.
        let words = process.commandLine.split(whereSeparator: \.isWhitespace)
        guard let program = words.first?.split(separator: "/").last else { return process.commandLine }
        return ([program] + words.dropFirst()).joined(separator: " ")
    }

    private static func percent(_ ratio: Double?) -> String { ratio.map(NumberText.percent) ?? "?" }

    private static func number(_ value: Double?) -> String { value.map { NumberText.decimal($0, places: 0) } ?? "?" }
}
