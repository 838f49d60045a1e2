extension Section {
    /// Reads a whole file, which is UTF-8; `file` is what issues call it.
    func read(_ text: [UInt8], file: String, into subject: inout Subject) throws(ConfigurationErrors) {
        guard text.count <= ConfigurationFile.largest else {
            let message = "larger than \(ConfigurationFile.largest) bytes: is this the right file?"
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: file, message: message)])
        }
        var diagnostics = Diagnostics()
        if let root = YAMLComposer.compose(text, &diagnostics) {
            read(root, into: &subject, &diagnostics)
        }
        guard diagnostics.count == 0 else {
            let issues = diagnostics.inFileOrder.map {
                ConfigurationIssue(file: file, position: $0.position, message: $0.message)
            }
            throw ConfigurationErrors(issues: issues)
        }
    }
}
