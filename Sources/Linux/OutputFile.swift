import Glibc

/// A file that a user names for output.
package enum OutputFile {
    /// Creates the file, or replaces its content.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o666)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = SystemError("write \(path)")
                close(descriptor)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        // Some file systems report a full disk only here.
        guard close(descriptor) == 0 else { throw SystemError("write \(path)") }
    }
}
