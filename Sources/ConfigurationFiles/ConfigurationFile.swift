import Glibc
import Linux

/// A configuration's bytes on disk.
enum ConfigurationFile {
    /// More than any configuration that a person writes; without a limit a wrong path such as `/dev/zero` would fill
    /// the memory.
    static let largest = 1 << 20

    /// The whole file, or one byte more than `largest` of it; an issue where there is no such file.
    static func contents(of path: String) throws(ConfigurationErrors) -> [UInt8] {
        do throws(SystemError) {
            return try read(path)
        } catch {
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: path, message: error.description)])
        }
    }

    /// The whole file, or one byte more than `largest` of it.
    static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open") }
        defer { close(descriptor) }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count <= largest {
            let wanted = min(chunk.count, largest + 1 - bytes.count)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, wanted) }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read")
            }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }
}
