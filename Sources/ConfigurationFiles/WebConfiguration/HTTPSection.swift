/// `http_server_config:`, what responses are like.
struct HTTPSection {
    /// Taken as it is in the files of other exporters, and without effect: HTTP/1.1 is what is offered to clients, and
    /// each that can do HTTP/2 can do that.
    var http2 = true
    var headers: [String: String] = [:]

    static var section: Section<HTTPSection> {
        Section([
            Key("http2", \.http2, .boolean.absent(as: false)),
            Key("headers", \.headers, headersSection),
        ])
    }

    /// The headers that the toolkit lets people set, and no others, so that none can change what a response means.
    private static var headersSection: Section<[String: String]> {
        Section([
            header("Content-Security-Policy", .headerValue),
            header("X-Frame-Options", .headerValue(among: ["deny", "sameorigin"])),
            header("X-Content-Type-Options", .headerValue(among: ["nosniff"])),
            header("X-XSS-Protection", .headerValue),
            header("Strict-Transport-Security", .headerValue),
        ])
    }

    private static func header(_ name: String, _ value: Schema<String>) -> Key<[String: String]> {
        Key(name, \.[name], value.absent(as: ""))
    }
}

extension Schema where Value == String {
    /// What can stand in a header: RFC 9110, 5.5. An empty text sets no header.
    fileprivate static var headerValue: Schema {
        .scalar("the header's value in printable ASCII") { (scalar) throws(Unacceptable) in
            guard scalar.text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                throw Unacceptable("has characters that no header may have")
            }
            return scalar.text
        }
    }

    fileprivate static func headerValue(among words: [String]) -> Schema {
        let accepted = "one of \(words.joined(separator: ", "))"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard scalar.text.isEmpty || words.contains(scalar.text) else { throw Unacceptable("is not known") }
            return scalar.text
        }
    }
}
