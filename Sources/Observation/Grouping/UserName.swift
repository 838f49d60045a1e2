import Glibc

/// The names of users: getpwuid_r(3).
enum UserName {
    /// The number itself for a user who has no name here, in a container perhaps.
    static func of(_ id: UInt32) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        // Longer than any entry that is met; one that is longer yet has a number.
        var buffer = [CChar](repeating: 0, count: 16384)
        guard unsafe getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil,
            let name = unsafe entry.pw_name
        else { return "\(id)" }
        return unsafe String(cString: name)
    }
}
