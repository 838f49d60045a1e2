import CCrypt
import Glibc

/// A password as bcrypt keeps it, `$2y$10$` and 53 letters: crypt(5).
package struct PasswordHash: Sendable, Hashable {
    let text: String
    /// The logarithm of how many rounds one guess costs.
    let cost: Int

    /// A guess at the highest cost takes about 20 seconds; beyond it, nobody would ever be let in.
    package static let highestCost = 18

    package init(_ text: String) throws(PasswordHashError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]),
            parts[3].utf8.count == 53, parts[3].utf8.allSatisfy(Self.isLetter)
        else { throw .notBcrypt }
        guard parts[2].utf8.count == 2, let cost = Int(parts[2]), (4...Self.highestCost).contains(cost) else {
            throw .cost
        }
        self.text = text
        self.cost = cost
    }

    private init(unchecked text: String, cost: Int) {
        self.text = text
        self.cost = cost
    }

    /// What a guess at an unknown user is compared with: no password has this hash, and finding that out takes as long
    /// as with a user's hash of this cost.
    static func ofNobody(cost: Int) -> PasswordHash {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return PasswordHash(unchecked: "$2b$\(digits)$" + String(repeating: ".", count: 53), cost: cost)
    }

    /// Whether this is the hash of `password`. Takes long, on purpose.
    func matches(_ password: String) -> Bool {
        guard let hash = OneWayHash.of(password, setting: text) else { return false }
        return hash.equalsInConstantTime(Array(text.utf8))
    }

    /// The alphabet of bcrypt's base64: crypt(5).
    private static func isLetter(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "/": true
        default: false
        }
    }
}

/// A text that is no password hash.
package enum PasswordHashError: Error, Equatable {
    case notBcrypt
    case cost
}
