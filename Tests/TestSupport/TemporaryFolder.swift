import FoundationEssentials
package import Glibc
import Linux

/// A folder that is removed with its contents when the test releases it. Its path is short enough for a socket file.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// - Parameter parent: /dev/shm is in memory, so that thousands of files a second take no disk.
    package init(in parent: String = "/tmp") throws {
        var template = Array("\(parent)/gil-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` inside the folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func holds(_ name: String) -> Bool { unsafe access(file(name), F_OK) == 0 }

    /// Writes a file, makes the folders above it, and returns its path.
    ///
    /// - Parameter mode: permission bits, reduced by the umask: creat(2).
    @discardableResult
    package func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    @discardableResult
    package func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o644) throws -> String {
        if let slash = name.lastIndex(of: "/") { try makeFolder(String(name[..<slash])) }
        let descriptor = unsafe creat(file(name), mode)
        guard descriptor >= 0 else { throw SystemError("create \(file(name))") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError("write \(file(name))")
        }
        return file(name)
    }

    /// Makes a folder, unless it exists, and returns its path.
    @discardableResult
    package func makeFolder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }

    /// Makes a symbolic link and returns its path.
    @discardableResult
    package func link(_ name: String, to target: String) throws -> String {
        guard unsafe symlink(target, file(name)) == 0 else { throw SystemError("symlink \(name)") }
        return file(name)
    }
}
