import Glibc

/// A file that a user names for output.
package enum OutputFile {
    /// Creates the file, or replaces its content.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o666)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        do throws(SystemError) {
            try writeAll(bytes, to: descriptor, named: path)
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems report a full disk only here.
        guard close(descriptor) == 0 else { throw SystemError("write to \(path)") }
    }

    /// Writes in as many calls as that takes.
    static func writeAll(_ bytes: [UInt8], to descriptor: CInt, named name: String) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another process that shares the terminal or pipe has made it non-blocking: they share the flag,
                // open(2).
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&room, 1, -1)
                continue
            }
            guard count > 0 else { throw SystemError("write to \(name)") }
            rest = rest.dropFirst(count)
        }
    }
}
