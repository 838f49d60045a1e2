package import Observation

/// The functions that made others wait most, as a table for a terminal.
package struct ProfileTable: CustomStringConvertible {
    package let description: String

    private static let columns: [FittedTable.Column] = [
        .init(column: .numbers("caused"), rank: 0), .init(column: .numbers("share"), rank: 4),
        .init(column: .numbers("callees too"), rank: 2), .init(column: .numbers("held"), rank: 3),
        .init(column: .numbers("long holds"), rank: 6),
        .init(column: .words("function"), rank: 1, isFlexible: true), .init(column: .words("defined at"), rank: 5),
    ]

    /// - Parameters:
    ///   - limit: the most rows.
    ///   - width: columns of the terminal; nil for no limit.
    package init(
        _ profile: StackProfile,
        by order: FunctionCosts.Order = .wait,
        limit: Int = 20,
        width: Int? = nil
    ) {
        let total = profile.total
        let rows = FunctionCosts(profile, by: order).rows
        let shown = rows.filter { $0.own.wait > 0 || $0.own.held > 0 }
        let table = FittedTable(
            Self.columns,
            rows: shown.prefix(limit).map { row in
                [
                    Self.seconds(row.own.wait), Self.share(row.own.wait, of: total.wait),
                    Self.seconds(row.total.wait), Self.seconds(row.own.held),
                    row.own.longHeld > 0 ? Self.seconds(row.own.longHeld) : "–", row.function.name,
                    row.function.line > 0 ? "\(row.function.file):\(row.function.line)" : "",
                ]
            },
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

    package init(_ profile: StackProfile, seconds: Double) {
        let total = profile.total
        let rows = FunctionCosts(profile).rows
        func part(_ function: PythonFunction) -> Double {
            let wait = rows.first { $0.function == function }?.own.wait ?? 0
            return total.wait == 0 ? 0 : Double(wait) / Double(total.wait)
        }
        var sentences = [
            "In \(NumberText.seconds(seconds, places: 0)) threads waited \(ProfileTable.seconds(total.wait)) for a lock "
                + "that others held, and the lock was held for \(ProfileTable.seconds(total.held))."
        ]
        if total.longHeld > 0 {
            sentences.append(
                "Long holds took \(ProfileTable.seconds(total.longHeld)) of it: 50 ms or more at a time while others waited, "
                    + "usually in code in C that keeps the lock."
            )
        }
        let worst = rows.first { $0.function.line > 0 && $0.own.wait > 0 }
        if let worst, total.wait > 0 {
            let share = NumberText.percent(Double(worst.own.wait) / Double(total.wait))
            sentences.append("\(TextTable.printable(worst.function.name)) caused \(share) of the waits.")
        }
        if total.wait == 0 { sentences.append("No thread had to wait: the column held shows where the lock is used.") }
        let unknown = part(.unknown)
        if unknown > 0.02 {
            sentences.append("Of \(NumberText.percent(unknown)) of the waits the cause could not be read in time.")
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
