import CCrypt
import Glibc

/// The one-way hashes of libcrypt: crypt_rn(3).
enum OneWayHash {
    /// Longest text that crypt(3) takes: CRYPT_MAX_PASSPHRASE_SIZE with its terminating zero.
    static let longest = 511

    /// The hash of `text` as `setting` says, or nil where libcrypt refuses one of them.
    static func of(_ text: String, setting: String) -> [UInt8]? {
        // A zero would end the text for crypt(3): what follows it would not count.
        guard text.utf8.count <= longest, !text.utf8.contains(0) else { return nil }
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        unsafe scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            // It holds the text. A plain memset before a free may be optimised away: explicit_bzero(3).
            unsafe explicit_bzero(scratch, size)
            unsafe scratch.deallocate()
        }
        guard let hash = unsafe crypt_rn(text, setting, scratch, CInt(size)) else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: hash, count: strlen(hash)))
    }
}

extension [UInt8] {
    /// Compares without telling by its duration where two secrets of the same length begin to differ.
    func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(into: 0 as UInt8) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
