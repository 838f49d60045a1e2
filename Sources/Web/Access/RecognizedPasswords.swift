import Glibc
import Linux

/// The passwords that were right the last time, so that a scrape every few seconds does not cost a bcrypt each.
///
/// Kept as SHA-256 crypt hashes (crypt(5)) under a salt that is drawn when the program starts and never leaves it: a
/// dump of the memory gives no password, and what is stored tells nobody without the salt which guesses are equal.
/// The hash comes from the library that already checks passwords, because a fast keyed one would be a further library,
/// or cryptography of our own. One password a user, so there is nothing to limit.
final class RecognizedPasswords: Sendable {
    private struct Recognized {
        let hash: PasswordHash
        let digest: [UInt8]
    }

    /// The fewest rounds that there are, about half a millisecond: crypt(5).
    private let setting: String
    private let recognized = Protected<[String: Recognized]>([:])

    init() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        let salt = String((0..<16).map { _ in letters[Int(generator.next(upperBound: 64 as UInt64))] })
        setting = "$5$rounds=1000$\(salt)$"
    }

    /// Whether `password` was found to be the one that `hash` is of. Takes the same time for users that are unknown.
    func contains(_ password: String, of user: String, hash: PasswordHash) -> Bool {
        let known = recognized.withLock { $0[user] }
        guard let digest = OneWayHash.of(password, setting: setting) else { return false }
        return known?.hash == hash && known?.digest.equalsInConstantTime(digest) == true
    }

    func insert(_ password: String, of user: String, hash: PasswordHash) {
        guard let digest = OneWayHash.of(password, setting: setting) else { return }
        recognized.withLock { $0[user] = Recognized(hash: hash, digest: digest) }
    }
}
