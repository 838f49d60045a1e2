import Glibc
import Linux

/// A folder that is removed with what is in it; short enough a path for a socket file.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/web-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                _ = unsafe unlink(file(name))
            }
            unsafe closedir(folder)
        }
        unsafe rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func holds(_ name: String) -> Bool { unsafe access(file(name), F_OK) == 0 }
}
