import CSystemd
import Glibc
package import Linux

/// The journal's own protocol, which keeps fields apart where a line of text would not: sd_journal_sendv(3).
package enum Journal {
    /// One field of an entry. Names are upper-case letters, digits and underscores; values are any bytes.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Adds an entry. Where no journal runs, this does nothing, and is no error.
    package static func send(_ fields: [Field]) throws(SystemError) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for field in fields {
            bytes += "\(field.name)=\(field.value)".utf8
            ends.append(bytes.count)
        }
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            var parts: [iovec] = unsafe []
            var start = 0
            for end in ends {
                unsafe parts.append(iovec(iov_base: buffer.baseAddress?.advanced(by: start), iov_len: end - start))
                start = end
            }
            return unsafe sd_journal_sendv(parts, CInt(parts.count))
        }
        guard result >= 0 else { throw SystemError("write to the journal", code: -result) }
    }
}
