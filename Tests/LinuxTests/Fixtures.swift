import FoundationEssentials

/// Captured files, beside the tests that read them.
enum Fixtures {
    /// A tree like /proc: of a host with two CPUs that a hypervisor shares out, and of a program named "a) R (b".
    static let proc = path("proc")

    private static func path(_ name: String) -> String {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(tests)/Fixtures/\(name)"
    }
}

/// A directory that goes away with its owner.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/gil-exporter-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and says where.
    @discardableResult
    func write(_ content: String, to name: String) throws -> String {
        let file = file(name)
        let directory = file.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/\(directory)", withIntermediateDirectories: true)
        try Data(content.utf8).write(to: URL(filePath: file))
        return file
    }
}
