/// Who may reach the pages and how, as the web configuration file of the Prometheus exporter toolkit says it.
package struct WebConfiguration: Sendable {
    /// Nil: plain HTTP.
    package var tls: ServerTLS?
    /// Fields that every response has.
    package var headers: [String: String] = [:]
    package var users = Users([:])
    /// Nil: no limit.
    package var rateLimit: RateLimit?
    /// The files that this was read from.
    package var files: [String] = []

    /// Plain HTTP for everybody.
    package init() {}
}
