/// A place in a file as editors show it: lines and columns count from one, columns in characters rather than bytes.
struct YAMLPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    let line: Int
    let column: Int

    static func < (one: YAMLPosition, other: YAMLPosition) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }

    var description: String { "\(line):\(column)" }
}
