import Web

extension Schema where Value == [String: PasswordHash] {
    /// `basic_auth_users:`, a line `name: hash` for each user. Names are keys, so none can be given twice.
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
                        // RFC 7617, section 2: what comes behind the first colon is the password.
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
    /// What is written is not repeated in a message: it may be a password in plain text.
    fileprivate static var passwordHash: Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content else {
                diagnostics.report("expected a bcrypt hash, found \(node.kind): \(remedy)", at: node.position)
                return nil
            }
            do throws(PasswordHashError) {
                // Line breaks at the end come with block scalars, and neither belong to the hash nor do harm in Go.
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
