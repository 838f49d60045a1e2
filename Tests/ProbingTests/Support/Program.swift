import Linux

@testable import Probing

/// The program under test, as the build puts it beside the tests.
enum Program {
    static let path: String = {
        let tests = (try? SymbolicLink.target(of: "/proc/self/exe")) ?? ""
        return "/" + tests.split(separator: "/").dropLast().joined(separator: "/") + "/gil-exporter"
    }()

    /// Starts workers as the daemon does.
    static let launcher = WorkerLauncher(executable: path)
}
