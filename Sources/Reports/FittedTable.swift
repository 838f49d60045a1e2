/// A table that fits a terminal: columns for which there is no room are left out, the least useful first.
struct FittedTable {
    struct Column {
        let column: TextTable.Column
        /// The order of usefulness: the column with the highest rank is left out first.
        let rank: Int
        /// Whether its cells may be cut to the room that the others leave.
        var isFlexible = false
    }

    /// A flexible column with less room than this identifies nothing.
    private static let minFlexibleWidth = 16

    let header: String
    /// A line for each row, without the header.
    let lines: [String]

    /// - Parameters:
    ///   - rows: as many cells each as there are columns.
    ///   - width: columns of the terminal; nil for no limit.
    init(_ columns: [Column], rows: [[String]], width: Int?) {
        let rows = rows.map { $0.map(TextTable.printable) }
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].column.title.count) { max($0, $1[index].count) }
        }
        var shown = Array(columns.indices)
        func room(_ width: Int, besides flexible: Int?) -> Int {
            width - shown.filter { $0 != flexible }.reduce(0) { $0 + widths[$1] } - 2 * max(0, shown.count - 1)
        }
        var flexible = shown.first { columns[$0].isFlexible }
        if let width {
            while shown.count > 1,
                room(width, besides: flexible) < (flexible.map { min(widths[$0], Self.minFlexibleWidth) } ?? 0),
                let least = shown.max(by: { columns[$0].rank < columns[$1].rank })
            {
                shown.removeAll { $0 == least }
                if flexible == least { flexible = nil }
            }
        }
        let limit = width.map { max(1, room($0, besides: flexible)) }
        let table = TextTable(
            shown.map { columns[$0].column },
            rows: rows.map { row in
                shown.map { index in
                    guard index == flexible, let limit, row[index].count > limit else { return row[index] }
                    return "\(row[index].prefix(limit - 1))…"
                }
            }
        )
        func trimmed(_ line: String) -> String {
            let text = String(line.reversed().drop { $0 == " " }.reversed())
            return width.map { String(text.prefix($0)) } ?? text
        }
        header = trimmed(table.header)
        lines = table.lines.map(trimmed)
    }
}
