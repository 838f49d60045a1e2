/// Everything wrong with a configuration: at least one issue, in the order of the file.
package struct ConfigurationErrors: Error, Hashable, CustomStringConvertible {
    package let issues: [ConfigurationIssue]

    /// One issue a line.
    package var description: String {
        issues.map(\.description).joined(separator: "\n")
    }
}
