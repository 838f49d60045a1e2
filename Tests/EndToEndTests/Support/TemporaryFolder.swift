import Glibc
import Linux

/// A folder that is removed with all that is in it; short enough a path for a socket file.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/e2e-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Removes what is there; of a folder, first what is in it. A symbolic link is a file.
    private static func remove(_ path: String) {
        guard unsafe unlink(path) != 0, let folder = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        unsafe closedir(folder)
        unsafe rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func holds(_ name: String) -> Bool { unsafe access(file(name), F_OK) == 0 }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
        let descriptor = unsafe open(file(name), O_WRONLY | O_CREAT | O_CLOEXEC, executable ? 0o755 : 0o644)
        guard descriptor >= 0 else { throw SystemError("create \(file(name))") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw SystemError("write \(file(name))")
        }
        return file(name)
    }
}
