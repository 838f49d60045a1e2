import CCrypt
import Glibc

/// A bcrypt hash of a password: `$2y$10$` and 53 letters, crypt(5).
package struct PasswordHash: Sendable, Hashable {
    let text: String
    /// The binary logarithm of the number of rounds that one guess takes.
    let cost: Int

    /// A guess at this cost takes about 20 seconds. At a higher one, clients would give up before they are let in.
    package static let maxCost = 18

    package init(_ text: String) throws(PasswordHashError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]),
            parts[3].utf8.count == 53, parts[3].utf8.allSatisfy(Self.isLetter)
        else { throw .notBcrypt }
        guard parts[2].utf8.count == 2, let cost = Int(parts[2]), (4...Self.maxCost).contains(cost) else {
            throw .cost
        }
        self.text = text
        self.cost = cost
    }

    private init(unchecked text: String, cost: Int) {
        self.text = text
        self.cost = cost
    }

    /// A hash that no password has, for guesses at unknown users. A comparison takes as long as with a user's hash of
    /// this cost.
    static func ofNobody(cost: Int) -> PasswordHash {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return PasswordHash(unchecked: "$2b$\(digits)$" + String(repeating: ".", count: 53), cost: cost)
    }

    /// Whether this is the hash of `password`. Slow by design.
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

/// Why a text is not accepted as a password hash.
package enum PasswordHashError: Error, Equatable {
    case notBcrypt
    case cost
}

/// The one-way hashes of libcrypt: crypt_rn(3).
enum OneWayHash {
    /// The longest text that crypt(3) accepts: CRYPT_MAX_PASSPHRASE_SIZE without the terminating zero.
    static let maxLength = 511

    /// Hashes `text` by `setting`.
    ///
    /// - Returns: nil if libcrypt refuses the text or the setting.
    static func of(_ text: String, setting: String) -> [UInt8]? {
        // crypt(3) would ignore everything after a zero byte.
        guard text.utf8.count <= maxLength, !text.utf8.contains(0) else { return nil }
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        unsafe scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            // The scratch memory contains the text. The compiler may remove a memset before a free: explicit_bzero(3).
            unsafe explicit_bzero(scratch, size)
            unsafe scratch.deallocate()
        }
        guard let hash = unsafe crypt_rn(text, setting, scratch, CInt(size)) else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: hash, count: strlen(hash)))
    }
}

extension [UInt8] {
    /// Compares secrets of equal length in a time that does not depend on the first difference.
    func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(into: 0 as UInt8) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
