import Glibc
import Linux

/// The built program that the suite is about.
enum Binary {
    static let path: String = {
        if let path = Environment.value("GIL_EXPORTER_BINARY") { return path }
        // The tests are a program of their own that is built into the same directory.
        let tests = (try? SymbolicLink.target(of: "/proc/self/exe")) ?? ""
        return tests.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/gil-exporter"
    }()

    /// Where an installed program is, as a shell finds it; nil where it is not.
    static func installed(_ name: String) -> String? {
        let directories = (Environment.value("PATH") ?? "").split(separator: ":") + ["/usr/bin"]
        return directories.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
