import Linux

/// All issues of a configuration, at least one, in the order of the file.
package struct ConfigurationErrors: Error, Hashable, CustomStringConvertible {
    package let issues: [ConfigurationIssue]

    init(issues: [ConfigurationIssue]) { self.issues = issues }

    /// A file that cannot be used as a whole.
    package init(file: String, message: String) {
        issues = [ConfigurationIssue(file: file, message: message)]
    }

    /// One issue per line.
    package var description: String {
        issues.map(\.description).joined(separator: "\n")
    }
}

/// One problem of a configuration, with its remedy.
package struct ConfigurationIssue: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// The place in the file, counted from one. Nil if the file as a whole cannot be used.
    package let line: Int?
    package let column: Int?
    package let message: String

    init(file: String, position: YAMLPosition? = nil, message: String) {
        self.file = file
        line = position?.line
        column = position?.column
        self.message = message
    }

    /// `file:line:column: problem: remedy`, the form of compilers, to which editors jump.
    package var description: String {
        guard let line, let column else { return "\(file): \(message)" }
        return "\(file):\(line):\(column): \(message)"
    }
}

/// Reads whole files up to a maximum size.
enum BoundedFileReader {
    /// More than any configuration that a person writes, and more than any list of certificates.
    static let maxBytes = 1 << 20

    /// The whole file, or an issue if it cannot be read.
    static func contents(of path: String) throws(ConfigurationErrors) -> [UInt8] {
        do throws(UnreadableFile) {
            return try read(path)
        } catch {
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: path, message: error.description)])
        }
    }

    static func read(_ path: String) throws(UnreadableFile) -> [UInt8] {
        try RegularFile.read(path, atMost: maxBytes)
    }
}
