import Notation
import Web

/// `http_server_config:`, the properties of responses.
struct HTTPSection {
    /// Accepted because files of other exporters have it, but without effect: the server offers HTTP/1.1, which every
    /// client with HTTP/2 has as well.
    var http2 = true
    var headers: [String: String] = [:]

    static var section: Section<HTTPSection> {
        Section([
            Key("http2", \.http2, .boolean.absent(as: false)),
            Key("headers", \.headers, headersSection),
        ])
    }

    /// The headers that the exporter toolkit allows, and no others, so that none can change the meaning of a response.
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
    /// The value of a header: RFC 9110, 5.5. An empty text sets no header.
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

extension Schema where Value == [String: PasswordHash] {
    /// `basic_auth_users:`, a line `name: hash` for each user. Names are keys, and so unique.
    static var users: Schema {
        Schema { node, diagnostics in
            let before = diagnostics.count
            var users: [String: PasswordHash] = [:]
            switch node.content {
            case .scalar(let scalar) where scalar.isNull:
                break
            case .mapping(let entries):
                for entry in entries {
                    if entry.key.contains(":") {
                        // The password begins after the first colon: RFC 7617, section 2.
                        let message = "no user can log in as \(quoted(entry.key)): write a name without a colon"
                        diagnostics.report(message, at: entry.keyPosition)
                    }
                    users[entry.key] = Schema<PasswordHash>.passwordHash.decode(entry.value, &diagnostics)
                }
            case .scalar, .sequence:
                let message = "expected users with password hashes, found \(node.kind): write lines of \"name: hash\""
                diagnostics.report(message, at: node.position)
            }
            return diagnostics.count == before ? users : nil
        }
    }
}

extension Schema where Value == PasswordHash {
    /// Messages do not repeat the text, which may be a password.
    fileprivate static var passwordHash: Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content else {
                diagnostics.report("expected a bcrypt hash, found \(node.kind): \(remedy)", at: node.position)
                return nil
            }
            do throws(PasswordHashError) {
                // Block scalars have line breaks at the end, which do not belong to the hash. Go ignores them, too.
                let end = scalar.text.lastIndex { !$0.isNewline }.map { scalar.text.index(after: $0) }
                return try PasswordHash(String(scalar.text[..<(end ?? scalar.text.startIndex)]))
            } catch {
                switch error {
                case .notBcrypt:
                    diagnostics.report("this is not a bcrypt hash: \(remedy)", at: node.position)
                case .cost:
                    let message = "the hash's cost is not from 04 to \(PasswordHash.maxCost): \(remedy)"
                    diagnostics.report(message, at: node.position)
                }
                return nil
            }
        }
    }

    private static var remedy: String { "write what \"htpasswd -nBC 10 NAME\" prints behind the colon" }
}

extension Schema where Value == RateLimit? {
    /// `rate_limit:`. An interval of 0 means no limit.
    static var rateLimit: Schema {
        .mapping(RateLimitDraft.section, draft: RateLimitDraft()) { draft, places, diagnostics in
            guard draft.interval != .zero else { return .some(nil) }
            guard draft.burst > 0 else {
                let message = "a burst of 0 would refuse every request: write 1 or more, or remove the key"
                diagnostics.report(message, at: places.value(of: "burst"))
                return nil
            }
            return RateLimit(interval: draft.interval, burst: draft.burst)
        }
    }
}

private struct RateLimitDraft {
    var interval = Duration.zero
    var burst = 1

    static var section: Section<RateLimitDraft> {
        Section([
            Key("interval", \.interval, .interval.absent(as: .zero)),
            Key("burst", \.burst, .integer(in: 0...1_000_000).absent(as: 1)),
        ])
    }
}

extension Schema where Value == Duration {
    /// A duration as Go reads it: decimal numbers with units in any order, or a lone 0. Go takes a number without a
    /// unit for nanoseconds, which hardly anybody means, so it is refused here.
    fileprivate static var interval: Schema {
        let longest = Duration.seconds(365 * 86_400)
        let accepted = "a duration from 0s to \(longest.notation), such as 1.5s"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard let value = Duration(goNotation: scalar.text) else {
                guard scalar.text.isDigits else { throw Unacceptable("is not a duration") }
                throw Unacceptable("has no unit", remedy: "put h, m, s, ms, us or ns after it")
            }
            guard (.zero...longest).contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}
