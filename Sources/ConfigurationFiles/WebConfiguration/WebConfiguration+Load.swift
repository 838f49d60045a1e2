import Linux
package import Web

extension WebConfiguration {
    /// Reads the file at `path`, in the format of the Prometheus exporter toolkit's web configuration, and the
    /// certificates and keys that it names.
    ///
    /// Files that are written meanwhile are read again: what was read of one may be only its beginning, which may be valid,
    /// too, or not fit the others.
    package static func load(path: String) throws(ConfigurationErrors) -> WebConfiguration {
        var files = [path]
        for _ in 1...maxAttempts {
            let before = files.map(FileIdentity.init(path:))
            var configuration = try read(path: path)
            (files, configuration.identities) = (configuration.files, configuration.files.map(FileIdentity.init(path:)))
            if configuration.identities == before { return configuration }
        }
        throw ConfigurationErrors(file: path, message: "the file, or one that it names, changes all the time")
    }

    private static let maxAttempts = 5

    private static func read(path: String) throws(ConfigurationErrors) -> WebConfiguration {
        var draft = WebConfigurationDraft()
        try WebConfigurationDraft.section(in: BasePath(path))
            .read(BoundedFileReader.contents(of: path), file: path, into: &draft)
        var configuration = WebConfiguration()
        configuration.tls = draft.tls?.server
        configuration.files = [path] + (draft.tls?.files ?? [])
        configuration.headers = draft.http.headers.filter { !$0.value.isEmpty }
        configuration.users = Users(draft.users)
        configuration.rateLimit = draft.rateLimit
        return configuration
    }
}

/// The folder of a file, from which relative paths in the file start.
struct BasePath: Sendable {
    private let prefix: String

    init(_ path: String) {
        prefix = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    func path(_ written: String) -> String {
        written.hasPrefix("/") ? written : prefix + written
    }
}

/// A web configuration file before it is checked as a whole.
struct WebConfigurationDraft {
    var tls: TLSFiles?
    var http = HTTPSection()
    var users: [String: PasswordHash] = [:]
    var rateLimit: RateLimit?

    /// The whole file.
    static func section(in base: BasePath) -> Section<WebConfigurationDraft> {
        Section([
            Key("tls_server_config", \.tls, .tls(in: base)),
            Key("http_server_config", \.http, HTTPSection.section),
            Key("basic_auth_users", \.users, .users),
            Key("rate_limit", \.rateLimit, .rateLimit),
        ])
    }
}
