/// Who may read the pages: names with the hashes of their passwords.
package struct Users: Sendable, Equatable {
    private let hashes: [String: PasswordHash]
    /// Of the highest cost that a user's has.
    private let nobody: PasswordHash

    package init(_ hashes: [String: PasswordHash]) {
        self.hashes = hashes
        nobody = .ofNobody(cost: hashes.values.map(\.cost).max() ?? 10)
    }

    /// Then everybody may, without a password.
    package var isEmpty: Bool { hashes.isEmpty }

    func contains(_ user: String) -> Bool { hashes[user] != nil }

    /// What a password is compared with; for an unknown user one that never matches, so that the time that an answer
    /// takes does not tell which users there are.
    func hash(of user: String) -> PasswordHash { hashes[user] ?? nobody }
}
