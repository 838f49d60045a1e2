import Web

/// A web configuration file as it is written.
struct WebConfigurationDraft {
    var tls: TLSFiles?
    var http = HTTPSection()
    var users: [String: PasswordHash] = [:]
    var rateLimit: RateLimit?

    /// The whole file. Relative paths start from `folder`.
    static func section(in folder: FolderOfFile) -> Section<WebConfigurationDraft> {
        Section([
            Key("tls_server_config", \.tls, .tls(in: folder)),
            Key("http_server_config", \.http, HTTPSection.section),
            Key("basic_auth_users", \.users, .users),
            Key("rate_limit", \.rateLimit, .rateLimit),
        ])
    }
}
