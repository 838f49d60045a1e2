/// A table for a terminal. A column is as wide as its widest cell, and two spaces separate columns.
package struct TextTable {
    package struct Column: Sendable {
        package enum Alignment: Sendable { case left, right }

        let title: String
        let alignment: Alignment

        /// A column of words.
        package static func words(_ title: String) -> Column { Column(title: title, alignment: .left) }

        /// A column of numbers.
        package static func numbers(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    private let columns: [Column]
    private let rows: [[String]]
    private let widths: [Int]

    /// - Parameter rows: as many cells each as there are columns. A cell comes out printable.
    package init(_ columns: [Column], rows: [[String]]) {
        self.columns = columns
        let rows = rows.map { $0.map(Self.printable) }
        self.rows = rows
        widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
    }

    /// Characters in a line.
    package var width: Int { widths.reduce(0, +) + 2 * max(0, widths.count - 1) }

    package var header: String { line(columns.map(\.title)) }

    /// A line for each row, without the header.
    package var lines: [String] { rows.map(line) }

    private func line(_ cells: [String]) -> String {
        zip(columns, zip(cells, widths)).map { column, cell in
            let padding = String(repeating: " ", count: cell.1 - cell.0.count)
            return column.alignment == .left ? cell.0 + padding : padding + cell.0
        }
        .joined(separator: "  ")
    }

    /// A paragraph in lines, broken at spaces, for a terminal with so many columns.
    static func wrapped(_ text: String, columns: Int) -> [String] {
        // Longer lines are hard to read.
        let width = max(40, min(100, columns))
        return printable(text).split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    /// `text` without the characters that a terminal obeys: control characters, those of ISO 6429 beyond ASCII, and those
    /// that change the direction of writing. A process may give itself and its threads any name.
    package static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: "?"
                    default: scalar
                    }
                }
            )
        )
    }
}
