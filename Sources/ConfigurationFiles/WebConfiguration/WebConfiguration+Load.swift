package import Web

extension WebConfiguration {
    /// Reads the file at `path`, in the format of the Prometheus exporter toolkit's web configuration, and the
    /// certificates and keys that it names.
    package static func load(path: String) throws(ConfigurationErrors) -> WebConfiguration {
        var draft = WebConfigurationDraft()
        try WebConfigurationDraft.section(in: FolderOfFile(path))
            .read(ConfigurationFile.contents(of: path), file: path, into: &draft)
        var configuration = WebConfiguration()
        configuration.tls = draft.tls?.server
        configuration.files = [path] + (draft.tls?.files ?? [])
        configuration.headers = draft.http.headers.filter { !$0.value.isEmpty }
        configuration.users = Users(draft.users)
        configuration.rateLimit = draft.rateLimit
        return configuration
    }
}

/// Where a file is, which is what relative paths in it start from.
struct FolderOfFile: Sendable {
    private let prefix: String

    init(_ path: String) {
        prefix = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    func path(_ written: String) -> String {
        written.hasPrefix("/") ? written : prefix + written
    }
}
