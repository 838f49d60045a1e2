import ConfigurationFiles
package import Web

/// The web configuration's file, and what is in force of it.
package struct WebConfigurationFile: Sendable {
    let path: String
    let access: WebAccess

    /// - Parameter read: what the file said when the program started.
    package init(path: String, read: WebConfiguration) {
        self.path = path
        access = WebAccess(read)
    }

    func load() throws(ConfigurationErrors) -> WebConfiguration {
        try WebConfiguration.load(path: path)
    }
}
