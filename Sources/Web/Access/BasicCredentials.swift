import FoundationEssentials

/// A user and a password as `Authorization: Basic …` carries them: RFC 7617.
struct BasicCredentials: Sendable, Equatable {
    let user: String
    let password: String

    init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    init?(authorization: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Self.decode(base64: parts[1].drop { $0 == " " }),
            let text = String(validating: bytes, as: UTF8.self),
            // A user name has no colon, but a password may have one: section 2.
            let colon = text.firstIndex(of: ":")
        else { return nil }
        user = String(text[..<colon])
        password = String(text[text.index(after: colon)...])
    }

    /// RFC 4648, section 4. Some clients omit the padding.
    private static func decode(base64 text: Substring) -> Data? {
        let end = text.lastIndex { $0 != "=" }.map { text.index(after: $0) } ?? text.startIndex
        let digits = text[..<end]
        let padding = String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
        return Data(base64Encoded: digits + padding)
    }
}

/// The users who may read the pages, with the hashes of their passwords.
package struct Users: Sendable, Equatable {
    private let hashes: [String: PasswordHash]
    /// Costs as much as the most expensive hash of a user.
    private let nobody: PasswordHash

    package init(_ hashes: [String: PasswordHash]) {
        self.hashes = hashes
        nobody = .ofNobody(cost: hashes.values.map(\.cost).max() ?? 10)
    }

    /// Without users everybody is let in, without a password.
    package var isEmpty: Bool { hashes.isEmpty }

    func contains(_ user: String) -> Bool { hashes[user] != nil }

    /// The hash that a password is compared with. For an unknown user it never matches, so the duration of an answer
    /// does not reveal which users exist.
    func hash(of user: String) -> PasswordHash { hashes[user] ?? nobody }
}
