import Glibc

/// A name that stands for another: symlink(7).
package enum SymbolicLink {
    /// What the link at `path` says; readlink(2).
    package static func target(of path: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw SystemError("read link \(path)") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
