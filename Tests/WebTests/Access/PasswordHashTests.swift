import Testing

@testable import Web

struct PasswordHashTests {
    static let secret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

    @Test func `a password hash matches its password and no other`() throws {
        let hash = try PasswordHash(Self.secret)
        #expect(hash.matches("secret"))
        #expect(!hash.matches("Secret"))
        #expect(!hash.matches(""))
        #expect(!hash.matches("secret\0more"), "a zero must not end the password")
        #expect(!hash.matches(String(repeating: "a", count: 100_000)))
    }

    @Test func `only bcrypt hashes are accepted`() throws {
        #expect(throws: Never.self) { try PasswordHash(Self.secret.replacing("$2b", with: "$2y")) }
        for text in [
            "", "secret", "$6$salt$hash", Self.secret.replacing("$2b", with: "$2z"), String(Self.secret.dropLast()),
        ] {
            #expect(throws: PasswordHashError.notBcrypt) { try PasswordHash(text) }
        }
        for cost in ["03", "19", "4x", "4"] {
            #expect(throws: PasswordHashError.cost) {
                try PasswordHash(Self.secret.replacing("$04$", with: "$\(cost)$"))
            }
        }
    }

    @Test func `the hash for unknown users costs as much as a real one and matches nothing`() {
        let hash = PasswordHash.ofNobody(cost: 5)
        #expect(OneWayHash.of("secret", setting: hash.text)?.count == 60, "libcrypt has done the work")
        #expect(!hash.matches("secret"))
    }
}
