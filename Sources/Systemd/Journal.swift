import CSystemd
import Glibc
package import Linux

/// The journal's native protocol, whose entries have separate fields: sd_journal_sendv(3).
package enum Journal {
    /// One field of an entry. A name has upper-case letters, digits and underscores; a value may have any bytes.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Adds an entry. Where no journal runs, this does nothing and reports no error.
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

/// The connection between standard error and the journal: `JOURNAL_STREAM`, systemd.exec(5).
package enum JournalStream {
    /// Whether the journal receives what this process writes to its standard error. The variable has device and inode
    /// of the connection to the journal. Processes inherit it even if their standard error has been redirected since,
    /// so this compares the two.
    package static var isStandardError: Bool {
        guard let variable = Environment.value("JOURNAL_STREAM") else { return false }
        guard let file = FileIdentity(descriptor: STDERR_FILENO) else { return false }
        return variable == "\(file.device):\(file.inode)"
    }
}
