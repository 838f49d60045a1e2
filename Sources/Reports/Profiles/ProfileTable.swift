package import Observation

/// The functions that made others wait most, as a table for a terminal.
package struct ProfileTable: CustomStringConvertible {
    package let description: String

    private struct Column {
        let column: FittedTable.Column
        let text: (FunctionCosts.Row, LockCost) -> String

        init(
            _ column: TextTable.Column,
            rank: Int,
            isFlexible: Bool = false,
            _ text: @escaping (FunctionCosts.Row, LockCost) -> String
        ) {
            self.column = FittedTable.Column(column: column, rank: rank, isFlexible: isFlexible)
            self.text = text
        }
    }

    private static func columns(of side: LockProfile.Side) -> [Column] {
        let wait = [
            Column(.numbers(side == .holders ? "caused" : "waited"), rank: 0) { row, _ in seconds(row.own.wait) },
            Column(.numbers("share"), rank: 4) { row, total in share(row.own.wait, of: total.wait) },
            Column(.numbers("callees too"), rank: 2) { row, _ in seconds(row.total.wait) },
        ]
        let held = [
            Column(.numbers("held"), rank: 3) { row, _ in seconds(row.own.held) },
            Column(.numbers("long holds"), rank: 6) { row, _ in
                row.own.longHeld > 0 ? seconds(row.own.longHeld) : "–"
            },
        ]
        let function = [
            Column(.words("function"), rank: 1, isFlexible: true) { row, _ in row.function.name },
            Column(.words("defined at"), rank: 5) { row, _ in
                row.function.line > 0 ? "\(row.function.file):\(row.function.line)" : ""
            },
        ]
        return wait + (side == .holders ? held : []) + function
    }

    /// - Parameters:
    ///   - side: what the profile is of.
    ///   - limit: the most rows.
    ///   - width: columns of the terminal; nil for no limit.
    package init(
        _ profile: StackProfile,
        of side: LockProfile.Side = .holders,
        by order: FunctionCosts.Order = .wait,
        limit: Int = 20,
        width: Int? = nil
    ) {
        let total = profile.total
        let rows = FunctionCosts(profile, by: order).rows
        let shown = rows.filter { $0.own.wait > 0 || $0.own.held > 0 }
        let columns = Self.columns(of: side)
        let table = FittedTable(
            columns.map(\.column),
            rows: shown.prefix(limit).map { row in columns.map { $0.text(row, total) } },
            width: width
        )
        var lines = [table.header] + table.lines
        if shown.count > limit { lines.append("… \(shown.count - limit) more functions") }
        description = lines.joined(separator: "\n") + "\n"
    }

    static func seconds(_ nanoseconds: UInt64) -> String { NumberText.seconds(Double(nanoseconds) / 1e9, places: 2) }

    private static func share(_ part: UInt64, of whole: UInt64) -> String {
        whole == 0 ? "–" : NumberText.percent(Double(part) / Double(whole))
    }
}

/// What a profile shows, in sentences.
package struct ProfileFindings: CustomStringConvertible {
    package let description: String

    package init(_ profile: StackProfile, of side: LockProfile.Side = .holders, seconds: Double) {
        let total = profile.total
        let rows = FunctionCosts(profile).rows
        func part(_ function: PythonFunction) -> Double {
            let wait = rows.first { $0.function == function }?.own.wait ?? 0
            return total.wait == 0 ? 0 : Double(wait) / Double(total.wait)
        }
        let period = NumberText.seconds(seconds, places: 0)
        let wait = ProfileTable.seconds(total.wait)
        var sentences: [String] = []
        switch side {
        case .holders:
            sentences.append(
                "In \(period) threads waited \(wait) for a lock that others held, and the lock was held for "
                    + "\(ProfileTable.seconds(total.held))."
            )
        case .waiters: sentences.append("In \(period) threads waited \(wait) for a lock.")
        }
        if total.longHeld > 0 {
            sentences.append(
                "Long holds took \(ProfileTable.seconds(total.longHeld)) of it: 50 ms or more at a time while others waited, "
                    + "usually in code in C that keeps the lock."
            )
        }
        let worst = rows.first { $0.function.line > 0 && $0.own.wait > 0 }
        if let worst, total.wait > 0 {
            let share = NumberText.percent(Double(worst.own.wait) / Double(total.wait))
            let name = TextTable.printable(worst.function.name)
            sentences.append(
                side == .holders ? "\(name) caused \(share) of the waits." : "\(share) of it was in \(name)."
            )
        }
        if total.wait == 0, side == .holders {
            sentences.append("No thread had to wait: the column held shows where the lock is used.")
        }
        let unknown = part(.unknown)
        if unknown > 0.02 {
            let what = side == .holders ? "the cause" : "the code that waited"
            sentences.append("Of \(NumberText.percent(unknown)) of the waits \(what) could not be read in time.")
        }
        if profile.dropped > 0 {
            sentences.append("\(profile.dropped) stacks did not fit, and are counted as <other>.")
        }
        description = sentences.joined(separator: " ")
    }

    /// The sentences in lines.
    package func lines(columns: Int = 80) -> String {
        TextTable.wrapped(description, columns: columns).map { $0 + "\n" }.joined()
    }
}
