import Glibc
import Linux

/// A folder of files and links that vanishes with the test.
final class TemporaryLinks {
    private let path: String
    private var names: [String] = []

    init() throws {
        var template = Array("/tmp/gil-exporter-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { _ = unsafe unlink(name) }
        _ = unsafe rmdir(path)
    }

    /// A link whose name says nothing of what it leads to.
    func link(to target: String) throws -> String {
        let name = "\(path)/app\(names.count)"
        guard unsafe symlink(target, name) == 0 else { throw SystemError("symlink") }
        names.append(name)
        return name
    }

    func write(_ bytes: [UInt8], to file: String) throws -> String {
        let name = "\(path)/\(file)"
        let descriptor = unsafe creat(name, 0o700)
        guard descriptor >= 0 else { throw SystemError("create") }
        defer { close(descriptor) }
        names.append(name)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemError("write") }
        return name
    }
}
