import Linux

/// A configuration's bytes on disk.
enum ConfigurationFile {
    /// More than any configuration that a person writes, or any list of certificates.
    static let largest = 1 << 20

    /// The whole file; an issue where it cannot be read.
    static func contents(of path: String) throws(ConfigurationErrors) -> [UInt8] {
        do throws(UnreadableFile) {
            return try read(path)
        } catch {
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: path, message: error.description)])
        }
    }

    static func read(_ path: String) throws(UnreadableFile) -> [UInt8] {
        try RegularFile.read(path, atMost: largest)
    }
}
