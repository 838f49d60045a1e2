/// Everything wrong with a configuration: at least one issue, in the order of the file.
package struct ConfigurationErrors: Error, Hashable, CustomStringConvertible {
    package let issues: [ConfigurationIssue]

    init(issues: [ConfigurationIssue]) { self.issues = issues }

    /// The issues of several files, at least one.
    package init(_ errors: [ConfigurationErrors]) {
        issues = errors.flatMap(\.issues)
    }

    /// A file that cannot be used as a whole.
    package init(file: String, message: String) {
        issues = [ConfigurationIssue(file: file, message: message)]
    }

    /// One issue a line.
    package var description: String {
        issues.map(\.description).joined(separator: "\n")
    }
}
