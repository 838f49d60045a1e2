import Glibc
import Linux

/// A directory that is removed with all that is in it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/gil-exporter-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let stream = unsafe opendir(path) {
            while let entry = unsafe readdir(stream) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                // A link to a directory is no directory: unlink(2) takes it, and nothing behind it is touched.
                if unsafe unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
            unsafe closedir(stream)
        }
        _ = unsafe rmdir(path)
    }

    func makeFolder(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        guard unsafe mkdir(folder, 0o700) == 0 else { throw SystemError("mkdir \(folder)") }
        return folder
    }

    @discardableResult
    func write(_ content: String, to name: String, mode: mode_t = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = unsafe creat(file, mode)
        guard descriptor >= 0 else { throw SystemError("create \(file)") }
        defer { close(descriptor) }
        let bytes = Array(content.utf8)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemError("write") }
        return file
    }

    func link(_ name: String, to target: String) throws {
        guard unsafe symlink(target, "\(path)/\(name)") == 0 else { throw SystemError("symlink \(name)") }
    }
}
