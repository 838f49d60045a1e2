import Glibc
import Linux

/// The permissions of a socket file. A client that connects needs write permission: unix(7).
package struct SocketFileAccess: Sendable, Hashable {
    /// Permission bits; nil: 0777 reduced by the umask.
    package var mode: UInt32?
    /// The group of the file; nil: the group of this process.
    package var group: String?

    package init(mode: UInt32? = nil, group: String? = nil) {
        self.mode = mode
        self.group = group
    }

    /// Parses `mode=0660&group=prometheus`.
    init?(query: Substring) {
        for part in query.split(separator: "&", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            switch pair[0] {
            case "mode" where mode == nil:
                guard pair[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "7")).contains),
                    let mode = UInt32(pair[1], radix: 8), mode <= 0o777
                else { return nil }
                self.mode = mode
            case "group" where group == nil:
                group = String(pair[1])
            default:
                return nil
            }
        }
    }

    /// The number of the group; nil if no group is given.
    var groupIdentifier: gid_t? {
        get throws(ListenError.Reason) {
            guard let group else { return nil }
            return try Self.identifier(of: group)
        }
    }

    private static func identifier(of group: String) throws(ListenError.Reason) -> gid_t {
        if let number = gid_t(group) {
            // chown(2) takes the last number as "leave the group unchanged".
            guard number != gid_t.max else { throw .unknownGroup(group) }
            return number
        }
        var entry = unsafe Glibc.group()
        // The buffer also holds the members of the group: getgrnam_r(3).
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        var found: UnsafeMutablePointer<Glibc.group>?
        unsafe getgrnam_r(group, &entry, &buffer, buffer.count, &found)
        guard let found = unsafe found else { throw .unknownGroup(group) }
        return unsafe found.pointee.gr_gid
    }
}

extension SocketFileAccess: CustomStringConvertible {
    /// The notation after a path, with its question mark; empty without mode and group.
    package var description: String {
        let mode = mode.map { mode in
            let digits = String(mode, radix: 8)
            return "mode=" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        let parts = [mode, group.map { "group=\($0)" }].compactMap(\.self)
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}
