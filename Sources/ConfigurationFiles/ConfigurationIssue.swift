/// One thing wrong with a configuration, and what to do about it.
package struct ConfigurationIssue: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// Where in the file, both counted from one; nil when the file itself cannot be used.
    package let line: Int?
    package let column: Int?
    package let message: String

    init(file: String, position: YAMLPosition? = nil, message: String) {
        self.file = file
        line = position?.line
        column = position?.column
        self.message = message
    }

    /// `file:line:column: what, and what to do`, as compilers write it and editors jump to.
    package var description: String {
        guard let line, let column else { return "\(file): \(message)" }
        return "\(file):\(line):\(column): \(message)"
    }
}
